//! Parses statements of several dialects.

use sqlparser::dialect::{
    BigQueryDialect, ClickHouseDialect, DatabricksDialect, Dialect, DuckDbDialect, GenericDialect,
    HiveDialect, MsSqlDialect, MySqlDialect, OracleDialect, PostgreSqlDialect, RedshiftSqlDialect,
    SQLiteDialect, SnowflakeDialect,
};
use sqlparser::parser::{Parser, ParserError};

/// A dialect and a statement in each line.
const STATEMENTS: &str = include_str!("data.txt");

fn dialect(name: &str) -> Box<dyn Dialect> {
    match name {
        "hive" => Box::new(HiveDialect {}),
        "clickhouse" => Box::new(ClickHouseDialect {}),
        "duckdb" => Box::new(DuckDbDialect),
        "sqlite" => Box::new(SQLiteDialect {}),
        "redshift" => Box::new(RedshiftSqlDialect {}),
        "oracle" => Box::new(OracleDialect {}),
        "databricks" => Box::new(DatabricksDialect {}),
        "postgres" => Box::new(PostgreSqlDialect {}),
        "mysql" => Box::new(MySqlDialect {}),
        "mssql" => Box::new(MsSqlDialect {}),
        "snowflake" => Box::new(SnowflakeDialect),
        "bigquery" => Box::new(BigQueryDialect),
        _ => Box::new(GenericDialect {}),
    }
}

/// Parses one statement, and returns it as text.
fn parse(name: &str, sql: &str) -> Result<String, ParserError> {
    let statements = Parser::parse_sql(&*dialect(name), sql)?;
    Ok(statements.iter().map(|it| format!("{it};")).collect())
}

fn main() {
    for line in STATEMENTS.lines() {
        let (name, sql) = line.split_once(": ").expect("each line names its dialect");
        fault::case(line, || parse(name, sql));
    }
    fault::finish();
}
