"""Apache Spark as an engine of a project: its session, the Spark SQL of our expressions, tables as Parquet folders."""
