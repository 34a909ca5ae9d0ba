//! With the flow rate at 0, flows whose only errors are ignored by a function that they leave are not kept, whatever else is.

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

#[omegi::instrument_crate]
mod shop {
    use super::ShopError;

    pub(super) fn find(item: u32) -> Result<u32, ShopError> {
        match item {
            0..10 => Ok(item),
            13 => Err(ShopError::Torn),
            _ => Err(ShopError::NotFound { item }),
        }
    }

    /// Ignores what began in a function that it calls.
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

    /// Nobody ignores here what a task of its own returns.
    #[omegi::traced(err = ignore(NotFound))]
    pub(super) async fn look_elsewhere(item: u32) -> Result<u32, ShopError> {
        tokio::spawn(async move { look_later(item).await }).await.unwrap_or(Ok(0))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_ignored_is_no_reason_to_keep_a_flow() {
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
}
