-- Run once by the Postgres image, on an empty volume: a database and an owner for each part, and the role of the
-- stages, which may enter the ledger. What it may do there (read and insert) is granted by `perennial prepare`.
-- A variable that is not set stops the start: its \getenv leaves :'…' as it is, which is no SQL.
\getenv airflow AIRFLOW_DB_PASSWORD
\getenv ledger LEDGER_OWNER_DB_PASSWORD
\getenv stage LEDGER_STAGE_DB_PASSWORD
\getenv mlflow MLFLOW_DB_PASSWORD
\getenv feast FEAST_DB_PASSWORD

CREATE ROLE airflow LOGIN PASSWORD :'airflow';
CREATE ROLE ledger LOGIN PASSWORD :'ledger';
CREATE ROLE mlflow LOGIN PASSWORD :'mlflow';
CREATE ROLE feast LOGIN PASSWORD :'feast';
CREATE ROLE perennial_stage LOGIN PASSWORD :'stage';

CREATE DATABASE airflow OWNER airflow;
CREATE DATABASE ledger OWNER ledger;
CREATE DATABASE mlflow OWNER mlflow;
CREATE DATABASE feast OWNER feast;

REVOKE ALL ON DATABASE airflow, ledger, mlflow, feast FROM PUBLIC;
GRANT CONNECT ON DATABASE ledger TO perennial_stage;
