//! Errors whose `Display` takes a lock, while a caller holds it: `err(Debug)` and `err = off` call
//! no `Display`.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use omegi_tests::{flows_of, outline_of};

static STOCK: Mutex<u32> = Mutex::new(0);

/// The number of times that a `Display` would have waited for ever.
static WAITS: AtomicU32 = AtomicU32::new(0);

/// Its `Display` takes the lock of the stock.
#[derive(Debug)]
pub(crate) struct SoldOut;

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if STOCK.try_lock().is_err() {
            WAITS.fetch_add(1, Ordering::Relaxed);
        }
        f.write_str("sold out")
    }
}

impl std::error::Error for SoldOut {}

#[derive(Debug)]
pub(crate) struct OrderFailed(SoldOut);

impl fmt::Display for OrderFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for OrderFailed {}

impl From<SoldOut> for OrderFailed {
    fn from(error: SoldOut) -> Self {
        Self(error)
    }
}

/// A macro that may hide an exit: it puts an asynchronous body into a future of its own.
macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(OrderFailed(SoldOut));
        }
    };
}

macro_rules! functions {
    ($($functions:tt)*) => {
        #[omegi::instrument_crate(err(Debug))]
        mod by_debug {
            use super::*;
            $($functions)*
        }

        #[omegi::instrument_crate(err = off)]
        mod off {
            use super::*;
            $($functions)*
        }
    };
}

functions! {
    pub(crate) fn all() {
        let _ = converted();
        let _ = passed_on();
        let _ = in_loop();
        let _ = tracked();
        let _ = futures::executor::block_on(waits());
        let _ = futures::executor::block_on(nested());
        let _ = futures::executor::block_on(boxed());
    }

    fn take() -> Result<u32, SoldOut> {
        Err(SoldOut)
    }

    fn converted() -> Result<u32, OrderFailed> {
        let taken = take()?;
        Ok(taken)
    }

    fn passed_on() -> Result<u32, OrderFailed> {
        take().map_err(OrderFailed)
    }

    fn in_loop() -> Result<u32, OrderFailed> {
        loop {
            take()?;
        }
    }

    #[track_caller]
    fn tracked() -> Result<u32, OrderFailed> {
        Ok(take()?)
    }

    async fn waits() -> Result<u32, OrderFailed> {
        Ok(take()?)
    }

    async fn nested() -> Result<u32, OrderFailed> {
        ensure!(take()? > 1);
        Ok(1)
    }

    fn boxed() -> std::pin::Pin<Box<dyn Future<Output = Result<u32, OrderFailed>>>> {
        Box::pin(async move { Ok(take()?) })
    }
}

#[test]
fn an_error_is_not_displayed_while_a_caller_holds_its_lock() {
    let stock = STOCK.lock().unwrap();
    let outline = outline_of(by_debug::all);
    assert_eq!(WAITS.load(Ordering::Relaxed), 0, "{outline}");
    assert!(
        outline.contains("locks::by_debug::take ! behaviour::locks::SoldOut: SoldOut (origin)"),
        "{outline}"
    );
    let converted = "locks::by_debug::converted ! behaviour::locks::OrderFailed: OrderFailed(SoldOut)";
    assert!(outline.contains(converted), "{outline}");
    let flows = flows_of(off::all);
    assert_eq!((WAITS.load(Ordering::Relaxed), flows[0].errors.len()), (0, 0), "{}", flows[0].outline());
    drop(stock);
}
