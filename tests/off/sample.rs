//! A sample of every item that an attribute can stand on. The test `off` compiles it with the
//! feature `enable` off, and once more without the lines that name omegi. The machine code must be
//! the same.

pub fn start() -> u32 {
    let _omegi = omegi::init();
    7
}

#[omegi::instrument_crate]
pub mod orders {
    use std::fmt;

    #[derive(Debug)]
    pub struct NoItem(pub u32);

    impl fmt::Display for NoItem {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "no item {}", self.0)
        }
    }

    pub fn place(items: &[u32]) -> Result<u32, NoItem> {
        let mut total = 0;
        for item in items {
            total += find(*item)?;
        }
        assert!(total < 1_000_000, "too much: {total}");
        Ok(total)
    }

    #[omegi::traced(args, ret, kind = "client")]
    fn find(item: u32) -> Result<u32, NoItem> {
        if item < 10 { Ok(item * 2) } else { Err(NoItem(item)) }
    }

    #[omegi::untraced]
    #[track_caller]
    pub fn located() -> u32 {
        std::panic::Location::caller().line()
    }
}

pub struct Cart<T>(Vec<T>);

#[omegi::traced]
impl<T: Clone> Cart<T> {
    pub fn add(&mut self, item: &T) -> usize {
        self.0.push(item.clone());
        self.0.len()
    }
}

#[omegi::traced]
pub trait Priced {
    fn price(&self) -> u32;

    fn taxed(&self) -> u32 {
        self.price() * 119 / 100
    }
}

#[omegi::traced]
impl Priced for Cart<u32> {
    fn price(&self) -> u32 {
        self.0.iter().sum()
    }
}

#[omegi::traced]
#[unsafe(no_mangle)]
pub extern "C" fn exported(value: u32) -> u32 {
    located_elsewhere(value).unwrap_or_default()
}

#[omegi::traced(name = "elsewhere")]
fn located_elsewhere(value: u32) -> Option<u32> {
    value.checked_mul(orders::located())
}

#[omegi::traced]
pub async fn later(cart: &mut Cart<u32>) -> Result<usize, orders::NoItem> {
    let total = orders::place(&[1, 2])?;
    Ok(cart.add(&total))
}

pub fn poll(cart: &mut Cart<u32>) -> bool {
    let future = std::pin::pin!(later(cart));
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready()
}
