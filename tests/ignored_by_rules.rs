//! With the flow rate at 0, rules over a whole program decide which errors count. They match an
//! error where it began, and again where it became another one.

use std::fmt;
use std::time::Duration;

use omegi::MemoryExporter;

#[derive(Debug)]
enum ShopError {
    Cold,
    Refused,
    Wrapped(Box<Self>),
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cold => f.write_str("the cache is cold"),
            Self::Refused => f.write_str("connection refused"),
            Self::Wrapped(within) => write!(f, "no price: {within}"),
        }
    }
}

impl std::error::Error for ShopError {}

#[omegi::instrument_crate]
mod shop {
    use super::ShopError;

    pub(super) fn cached() -> Result<u32, ShopError> {
        Err(ShopError::Cold)
    }

    pub(super) fn optional() -> Result<u32, ShopError> {
        Err(ShopError::Refused)
    }

    pub(super) fn price() -> Result<u32, ShopError> {
        cached().or(Err(ShopError::Refused))
    }

    pub(super) fn either() -> Result<u32, ShopError> {
        optional().or(Err(ShopError::Cold))
    }

    pub(super) fn wraps() -> Result<u32, ShopError> {
        cached().map_err(|error| ShopError::Wrapped(Box::new(error)))
    }
}

#[test]
fn an_error_counts_if_its_first_or_its_last_form_counts() {
    let memory = MemoryExporter::bounded(1_000);
    let _omegi = omegi::builder()
        .flow_rate(0)
        .variable("OMEGI_IGNORED_ERRORS", r#"["ShopError: the cache is cold$"]"#)
        .error_filter(|error| !error.function.ends_with("shop::optional"))
        .exporter(memory.clone())
        .init();
    let kept = |flow: fn() -> Result<u32, ShopError>| {
        let _ = flow();
        assert!(omegi::flush(Duration::from_secs(60)));
        memory.take().len()
    };

    assert_eq!(kept(shop::cached), 0, "by its text");
    assert_eq!(kept(shop::optional), 0, "by its function");
    assert_eq!(kept(shop::price), 1, "another error came after the one that does not count");
    assert_eq!(kept(shop::either), 0, "neither counts");
    assert_eq!(kept(shop::wraps), 0, "it quotes what does not count");
}
