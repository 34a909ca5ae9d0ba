//! The programs, each with a workload that calls many of its fallible functions.

use crate::program::Program;

/// All kinds of functions and ways of errors, for CI.
pub(crate) const SMALL: Program = Program {
    name: "small",
    workload: include_str!("programs/small.rs"),
    data: "",
    library: None,
    dependencies: "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\", \"time\"] }\n",
    errors: "",
    least: 40,
};

/// A template engine.
pub(crate) const MINIJINJA: Program = Program {
    name: "minijinja",
    workload: include_str!("programs/minijinja.rs"),
    data: include_str!("programs/minijinja.txt"),
    library: Some((
        "minijinja",
        "2.24.0",
        &["json", "urlencode", "loader", "custom_syntax", "loop_controls"],
    )),
    dependencies: "serde = { version = \"1\", features = [\"derive\"] }\n",
    errors: "crate::Error: |text| crate::Error::new(crate::ErrorKind::InvalidOperation, text)",
    least: 100,
};

/// An embedded database.
pub(crate) const REDB: Program = Program {
    name: "redb",
    workload: include_str!("programs/redb.rs"),
    data: "",
    library: Some(("redb", "4.6.0", &[])),
    dependencies: "",
    errors: "crate::StorageError: |text| Self::Corrupted(text),
        crate::TableError: |text| Self::Storage(crate::StorageError::Corrupted(text)),
        crate::DatabaseError: |text| Self::Storage(crate::StorageError::Corrupted(text)),
        crate::SavepointError: |text| Self::Storage(crate::StorageError::Corrupted(text)),
        crate::CompactionError: |text| Self::Storage(crate::StorageError::Corrupted(text)),
        crate::TransactionError: |text| Self::Storage(crate::StorageError::Corrupted(text)),
        crate::CommitError: |text| Self::Storage(crate::StorageError::Corrupted(text)),
        crate::CursorError: |text| Self::Storage(crate::StorageError::Corrupted(text)),
        crate::BackendError: |text| Self::Other(text.into()),
        crate::Error: |text| Self::Corrupted(text)",
    least: 200,
};

/// A parser of SQL that tries alternatives.
pub(crate) const SQLPARSER: Program = Program {
    name: "sqlparser",
    workload: include_str!("programs/sqlparser.rs"),
    data: include_str!("programs/sqlparser.txt"),
    library: Some(("sqlparser", "0.64.0", &[])),
    dependencies: "",
    errors: "crate::parser::ParserError: |text| Self::ParserError(text),
        crate::tokenizer::TokenizerError: |text| Self {
            message: text, location: crate::tokenizer::Location { line: 1, column: 1 },
        }",
    least: 200,
};
