#!/usr/bin/env bash
# Brings every database up to date before Airflow starts; run again, it changes nothing.
set -euo pipefail
airflow db migrate
# A pool that is there has the size that somebody gave it.
airflow pools get training > /dev/null 2>&1 || airflow pools set training 1 "fits take all cores: one at a time"
perennial prepare
