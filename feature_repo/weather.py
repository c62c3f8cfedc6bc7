"""Hourly weather at the airports of departure. Another field or another meaning is another view: weather_v2."""

from datetime import timedelta

from entities import origin
from feast import FeatureView, Field, FileSource
from feast.data_format import ParquetFormat
from feast.types import Float64, String

weather = FeatureView(
    name="weather",
    entities=[origin],
    ttl=timedelta(hours=6),
    schema=[
        Field(name="origin", dtype=String),
        Field(name="temp", dtype=Float64, description="degrees Fahrenheit"),
        Field(name="dewp", dtype=Float64, description="dew point, degrees Fahrenheit"),
        Field(name="humid", dtype=Float64, description="relative humidity, percent"),
        Field(name="wind_speed", dtype=Float64, description="miles per hour"),
        Field(name="wind_gust", dtype=Float64, description="miles per hour"),
        Field(name="precip", dtype=Float64, description="inches"),
        Field(name="pressure", dtype=Float64, description="sea level, millibars"),
        Field(name="visib", dtype=Float64, description="miles"),
    ],
    source=FileSource(
        name="weather",
        path="features/weather",  # a table of the lake
        timestamp_field="event_timestamp",
        file_format=ParquetFormat(),
    ),
    tags={"written_by": "flight_delay"},
)
