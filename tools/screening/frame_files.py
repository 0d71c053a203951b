"""Frames of the same columns and types as one CSV, JSON-lines or Parquet file, with one frame in memory at a time."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import IO, Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Format = Literal["csv", "json", "parquet"]

ARROW = {
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
}


def write_frames(frames: Iterable[pd.DataFrame], stream: IO[Any], format: Format) -> None:
    """Write the frames to an open file: text for CSV and JSON, bytes for Parquet.

    CSV has one header, ten significant digits, and nothing in a cell without a value. JSON has an object a line, with
    null for it.
    """
    if format == "csv":
        _csv(frames, stream)
    elif format == "json":
        _json(frames, stream)
    else:
        _parquet(frames, stream)


def _csv(frames: Iterable[pd.DataFrame], stream: IO[str]) -> None:
    for number, frame in enumerate(frames):
        frame.to_csv(stream, index=False, header=number == 0, float_format="%.10g", lineterminator="\n")
        stream.flush()


def _json(frames: Iterable[pd.DataFrame], stream: IO[str]) -> None:
    for frame in frames:
        names = [str(name) for name in frame.columns]
        columns = [[_value(v) for v in frame.iloc[:, i].tolist()] for i in range(len(names))]
        for row in zip(*columns, strict=True):
            stream.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False) + "\n")
        stream.flush()


def _value(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def _parquet(frames: Iterable[pd.DataFrame], stream: IO[bytes]) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for frame in frames:
            if writer is None:
                schema = pa.schema([(str(name), ARROW[str(kind)]) for name, kind in frame.dtypes.items()])
                writer = pq.ParquetWriter(stream, schema, compression="zstd")
            writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False))
    finally:
        if writer is not None:
            writer.close()
