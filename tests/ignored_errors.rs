//! With the flow rate at 0, a flow is not kept if all its errors are ignored by a function that
//! they leave.

use std::fmt;

use omegi::MemoryExporter;

#[derive(Debug)]
enum ShopError {
    NotFound { item: u32 },
    Torn,
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { item } => write!(f, "no item {item}"),
            Self::Torn => f.write_str("torn"),
        }
    }
}

impl std::error::Error for ShopError {}

#[derive(Debug)]
enum PriceError {
    Database(String),
    Shop(String),
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(problem) => write!(f, "the database says: {problem}"),
            Self::Shop(problem) => write!(f, "the shop says: {problem}"),
        }
    }
}

impl std::error::Error for PriceError {}

mod sqlx {
    pub(super) fn fetch() -> Result<u32, String> {
        Err("connection refused".to_owned())
    }
}

#[omegi::instrument_crate]
mod shop {
    use super::{PriceError, ShopError, sqlx};

    pub(super) fn find(item: u32) -> Result<u32, ShopError> {
        match item {
            0..10 => Ok(item),
            13 => Err(ShopError::Torn),
            _ => Err(ShopError::NotFound { item }),
        }
    }

    /// Ignores errors that began in a function that it calls.
    #[omegi::traced(err = ignore(ShopError::NotFound))]
    pub(super) fn look(item: u32) -> Result<u32, ShopError> {
        find(item)
    }

    #[omegi::traced(err = ignore(NotFound))]
    pub(super) fn look_dynamically(item: u32) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
        Ok(find(item)?)
    }

    #[omegi::traced(err = ignore(NotFound))]
    pub(super) async fn look_later(item: u32) -> Result<u32, ShopError> {
        std::future::ready(()).await;
        find(item)
    }

    /// One error is ignored, and the next one is not.
    #[omegi::traced(err = ignore(NotFound))]
    pub(super) fn look_twice() -> u32 {
        look(12).or_else(|_| find(13)).unwrap_or(0)
    }

    /// The database is down and not instrumented: there is no call between the two errors.
    pub(super) fn price(item: u32) -> Result<u32, PriceError> {
        look(item).or_else(|_| sqlx::fetch().map_err(PriceError::Database))
    }

    /// Its error quotes the ignored one.
    pub(super) fn quote(item: u32) -> Result<u32, PriceError> {
        look(item).map_err(|error| PriceError::Shop(error.to_string()))
    }

    /// A panic never continues an ignored error.
    pub(super) fn insist(item: u32) -> u32 {
        look(item).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Ignores the error that it makes from another one.
    #[omegi::traced(err = ignore(NotFound))]
    pub(super) fn translate(item: u32) -> Result<u32, ShopError> {
        find(item).map_err(|_| ShopError::NotFound { item: 0 })
    }

    /// No function here ignores the error of a task of its own.
    #[omegi::traced(err = ignore(NotFound))]
    pub(super) async fn look_elsewhere(item: u32) -> Result<u32, ShopError> {
        tokio::spawn(async move { look_later(item).await }).await.unwrap_or(Ok(0))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ignored_error_does_not_keep_its_flow() {
    let memory = MemoryExporter::bounded(1_000);
    let _omegi = omegi::builder().flow_rate(0).exporter(memory.clone()).init();
    let kept = async |work: &str| {
        assert!(omegi::flush(std::time::Duration::from_secs(60)), "{work}");
        memory.take().len()
    };

    let _ = shop::find(12);
    assert_eq!(kept("find").await, 1, "nothing ignores it");
    for (item, expected) in [(3, 0), (12, 0), (13, 1)] {
        let _ = shop::look(item);
        assert_eq!(kept("look").await, expected);
        let _ = shop::look_dynamically(item);
        assert_eq!(kept("look_dynamically").await, expected);
        let _ = shop::look_later(item).await;
        assert_eq!(kept("look_later").await, expected);
        let _ = shop::look_elsewhere(item).await;
        assert_eq!(kept("look_elsewhere").await, expected);
    }
    let _ = shop::look_twice();
    assert_eq!(kept("look_twice").await, 1);

    let _ = shop::price(12);
    assert_eq!(kept("price").await, 1, "another error came after the one that is ignored");
    let _ = shop::quote(12);
    assert_eq!(kept("quote").await, 0, "it quotes what is ignored");
    let _ = std::panic::catch_unwind(|| shop::insist(12));
    assert_eq!(kept("insist").await, 1, "it panicked");
    let _ = shop::translate(13);
    assert_eq!(kept("translate").await, 0, "what it became is ignored");
}
