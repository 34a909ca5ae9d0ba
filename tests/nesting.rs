//! Woven asynchronous functions nest as deep as plain ones, and their futures grow by no more than
//! 64 bytes a level.
//!
//! The compiler is most of the test: with the default `recursion_limit`, Rust 1.95 compiles 30
//! plain functions that await each other, and no more. (It checks 40; then it gives up at their
//! layout.)

/// Functions that call each other, one `.await?` each; the last one waits.
macro_rules! chain {
    ($($name:ident => $next:ident,)*) => {
        $(
            pub(crate) async fn $name(item: u64) -> Result<u64, String> {
                let text = item.to_string();
                let found = $next(item + 1).await?;
                Ok(found + text.len() as u64)
            }
        )*

        pub(crate) async fn f30(item: u64) -> Result<u64, String> {
            std::future::pending::<()>().await;
            Err(item.to_string())
        }
    };
}

macro_rules! chain_of_30 {
    () => {
        chain! {
            f0 => f1,
            f1 => f2,
            f2 => f3,
            f3 => f4,
            f4 => f5,
            f5 => f6,
            f6 => f7,
            f7 => f8,
            f8 => f9,
            f9 => f10,
            f10 => f11,
            f11 => f12,
            f12 => f13,
            f13 => f14,
            f14 => f15,
            f15 => f16,
            f16 => f17,
            f17 => f18,
            f18 => f19,
            f19 => f20,
            f20 => f21,
            f21 => f22,
            f22 => f23,
            f23 => f24,
            f24 => f25,
            f25 => f26,
            f26 => f27,
            f27 => f28,
            f28 => f29,
            f29 => f30,
        }
    };
}

mod plain {
    chain_of_30!();
}

#[omegi::instrument_crate]
mod woven {
    // The attribute sees functions, not macros that make them, so this text repeats them.
    pub(crate) async fn f0(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f1(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f1(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f2(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f2(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f3(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f3(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f4(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f4(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f5(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f5(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f6(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f6(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f7(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f7(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f8(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f8(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f9(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f9(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f10(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f10(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f11(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f11(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f12(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f12(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f13(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f13(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f14(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f14(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f15(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f15(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f16(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f16(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f17(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f17(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f18(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f18(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f19(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f19(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f20(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f20(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f21(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f21(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f22(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f22(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f23(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f23(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f24(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f24(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f25(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f25(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f26(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f26(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f27(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f27(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f28(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f28(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f29(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f29(item: u64) -> Result<u64, String> {
        let text = item.to_string();
        let found = f30(item + 1).await?;
        Ok(found + text.len() as u64)
    }

    pub(crate) async fn f30(item: u64) -> Result<u64, String> {
        std::future::pending::<()>().await;
        Err(item.to_string())
    }
}

/// Only the compiler looks at it.
#[expect(dead_code, reason = "that it compiles is the test")]
fn futures_of_all_levels_are_send() {
    fn is_send<F: Send>(_: impl FnOnce() -> F) {}
    is_send(|| plain::f0(0));
    is_send(|| woven::f0(0));
}

#[test]
fn futures_grow_by_64_bytes_a_level_at_most() {
    let plain = [size_of_val(&plain::f30(0)), size_of_val(&plain::f10(0))];
    let woven = [size_of_val(&woven::f30(0)), size_of_val(&woven::f10(0))];
    assert!(woven[0] - plain[0] <= 72, "one level: {} bytes plain, {} woven", plain[0], woven[0]);
    let grown = (woven[1] - plain[1]) - (woven[0] - plain[0]);
    assert!(grown <= 20 * 64, "20 levels grow by {grown} bytes more than plain ones, {} a level", grown / 20);
}
