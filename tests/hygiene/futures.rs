//! Asynchronous functions: they stay `Send`, borrow the same, and drop the same as the plain ones.
#![warn(missing_docs, unused_results, unreachable_pub)]
#![warn(clippy::all, clippy::pedantic)]

extern crate omegi;

use std::future::Future;
use std::pin::{pin, Pin};
use std::task::{Context, Poll, Waker};

/// Prints its name when it is dropped.
#[derive(Debug)]
pub struct Loud(&'static str);

impl Drop for Loud {
    fn drop(&mut self) {
        println!("  drop {}", self.0);
    }
}

/// The functions under test.
#[omegi::instrument_crate]
pub mod woven {
    use super::Loud;
    use std::cell::Cell;
    use std::fmt::Display;
    use std::future::Future;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::task::{Context, Poll};

    /// The error of these functions.
    #[derive(Debug)]
    pub struct Failed(pub i32);

    impl Display for Failed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "failed with {}", self.0)
        }
    }

    impl std::error::Error for Failed {}

    /// A boxed future.
    pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

    /// Is pending once.
    #[derive(Debug, Default)]
    pub struct Yield(bool);

    impl Future for Yield {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.0, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }

    /// Returns nothing.
    pub async fn nothing() {
        Yield::default().await;
    }

    /// Borrows.
    ///
    /// # Errors
    ///
    /// If it is not a number.
    pub async fn borrows<'a>(text: &'a str, out: &mut Vec<&'a str>) -> Result<u8, std::num::ParseIntError> {
        nothing().await;
        out.push(text);
        let number = text.parse::<u8>()?;
        if number == 3 {
            return Ok(number);
        }
        nothing().await;
        Ok(number)
    }

    /// Coerces its return value.
    ///
    /// # Errors
    ///
    /// If `x` is one.
    pub async fn coerces(
        x: i32,
    ) -> Result<Box<dyn Display + Send>, Box<dyn std::error::Error + Send + Sync>> {
        nothing().await;
        if x == 1 {
            return Err(Box::new(Failed(x)));
        }
        if x == 2 {
            return Err("two".into());
        }
        let y = x.to_string().parse::<i32>()?;
        Ok(Box::new(y))
    }

    /// Cannot fail.
    pub async fn inferred(xs: &[u8]) -> Vec<u64> {
        nothing().await;
        if xs.is_empty() {
            return Vec::new();
        }
        xs.iter().map(|x| (*x).into()).collect()
    }

    /// Is not `Send`.
    ///
    /// # Errors
    ///
    /// Never.
    #[allow(clippy::future_not_send)]
    pub async fn local(x: Rc<Cell<i32>>) -> Result<i32, Failed> {
        nothing().await;
        x.set(x.get() + 1);
        Ok(x.get())
    }

    /// Is `Send`, though it owns a value that is not `Sync`.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn not_sync(x: Cell<i32>, _: Cell<u8>) -> Result<i32, Failed> {
        nothing().await;
        Ok(x.get())
    }

    /// Every argument.
    ///
    /// # Errors
    ///
    /// Fails on request.
    pub async fn every_argument(
        a: Loud,
        _: Loud,
        (b, _): (Loud, Loud),
        _c: Loud,
        fail: bool,
    ) -> Result<u8, Failed> {
        let local = Loud("local");
        nothing().await;
        println!("  body {} {} {}", a.0, b.0, local.0);
        if fail {
            Err(Failed(1))?;
        }
        Ok(1)
    }

    /// Complete patterns.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn patterns((a, b): (Loud, Loud), _c: Loud) -> Result<u8, Failed> {
        nothing().await;
        println!("  body {}", b.0);
        drop(a);
        Ok(1)
    }

    /// Recursive.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn recursive(n: u32) -> Result<u32, Failed> {
        if n == 0 {
            return Ok(0);
        }
        Ok(Box::pin(recursive(n - 1)).await? + 1)
    }

    /// Never ends.
    pub async fn never() -> ! {
        nothing().await;
        loop {
            nothing().await;
        }
    }

    /// Returns something opaque.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn opaque(n: u8) -> Result<impl Iterator<Item = u8>, Failed> {
        nothing().await;
        Ok(0..n)
    }

    /// Returns something wholly opaque.
    pub async fn wholly_opaque(n: u8) -> impl Iterator<Item = u8> {
        nothing().await;
        0..n
    }

    /// Writes a future by hand.
    pub fn by_hand<'a>(
        text: &'a str,
        other: &str,
    ) -> Pin<Box<dyn Future<Output = Result<u8, Failed>> + Send + 'a>> {
        let other = other.to_owned();
        Box::pin(async move {
            nothing().await;
            if other.is_empty() {
                return Err(Failed(0));
            }
            let number = text.parse::<u8>().map_err(|_| Failed(1))?;
            Ok(number)
        })
    }

    /// A boxed future by an alias.
    #[must_use]
    pub fn by_alias<'a>(
        text: &'a str,
    ) -> BoxFuture<'a, Result<u8, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(async move {
            nothing().await;
            Ok(text.parse()?)
        })
    }

    /// An opaque future.
    #[allow(clippy::manual_async_fn)]
    pub fn by_block(text: &str) -> impl Future<Output = Result<usize, Failed>> + '_ {
        async move {
            nothing().await;
            Ok(text.len())
        }
    }

    /// A future of a block that captures nothing.
    #[allow(clippy::manual_async_fn)]
    pub fn borrowing(text: &str) -> impl Future<Output = usize> + use<> {
        drop(text.to_owned());
        async {
            nothing().await;
            3
        }
    }

    /// A future that owns fewer values than its function received.
    #[omegi::traced(args, ret)]
    pub fn detached(
        text: &str,
        owned: String,
    ) -> Pin<Box<dyn Future<Output = Result<usize, Failed>> + Send>> {
        let length = text.len() + owned.len();
        drop(owned);
        Box::pin(async move {
            nothing().await;
            Ok(length)
        })
    }

    /// A closure whose argument types come from the return type alone.
    pub async fn opaque_function(n: i32) -> impl Fn(i32) -> i32 {
        nothing().await;
        move |x| x.pow(2) + n
    }

    /// Fails with a generic error.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn generic_error<E: std::error::Error>(e: E) -> Result<u8, Wrapped<E>> {
        nothing().await;
        Err(Wrapped(e))
    }

    /// Is an error only if the wrapped value borrows nothing.
    #[derive(Debug)]
    pub struct Wrapped<E>(pub E);

    impl<E> Display for Wrapped<E> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("wrapped")
        }
    }

    impl<E: std::error::Error + 'static> std::error::Error for Wrapped<E> {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    /// Has a body that is no block.
    pub fn forwarded(text: &str) -> impl Future<Output = Result<usize, Failed>> + '_ {
        by_block(text)
    }

    /// A service.
    pub trait Service {
        /// Its state.
        type Error;

        /// Serves.
        fn serve(&mut self, x: i32) -> impl Future<Output = Result<i32, Self::Error>> + Send;
    }

    impl Service for i32 {
        type Error = Failed;

        async fn serve(&mut self, x: i32) -> Result<i32, Self::Error> {
            nothing().await;
            *self += x;
            if *self > 3 {
                Err(Failed(*self))
            } else {
                Ok(*self)
            }
        }
    }

    /// A method in the form of async-trait.
    pub trait Dynamic {
        /// Serves.
        fn dispatch<'life0, 'life1, 'async_trait>(
            &'life0 self,
            text: &'life1 str,
        ) -> Pin<Box<dyn Future<Output = Result<usize, Failed>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            'life1: 'async_trait,
            Self: 'async_trait;
    }

    impl Dynamic for i32 {
        #[allow(
            clippy::shadow_same,
            clippy::type_complexity,
            clippy::used_underscore_binding,
            clippy::no_effect_underscore_binding
        )]
        fn dispatch<'life0, 'life1, 'async_trait>(
            &'life0 self,
            text: &'life1 str,
        ) -> Pin<Box<dyn Future<Output = Result<usize, Failed>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            'life1: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async move {
                let __self = self;
                let text = text;
                let __ret: Result<usize, Failed> = {
                    nothing().await;
                    if *__self > 3 {
                        return Err(Failed(*__self));
                    }
                    Ok(text.len())
                };
                #[allow(unreachable_code)]
                __ret
            })
        }
    }
}

fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn send<F: Future + Send>(future: F) -> F {
    future
}

fn every(fail: bool) -> impl Future<Output = Result<u8, woven::Failed>> {
    woven::every_argument(Loud("a"), Loud("_"), (Loud("b"), Loud("b2")), Loud("c"), fail)
}

fn main() {
    use woven::{Dynamic, Service};
    let mut out = Vec::new();
    println!("{:?}", run(send(woven::borrows("3", &mut out))));
    println!("{:?} {out:?}", run(woven::borrows("x", &mut out)).is_err());
    for x in 1..4 {
        println!("{:?}", run(send(woven::coerces(x))).map(|x| x.to_string()).map_err(|e| e.to_string()));
    }
    println!("{:?}", run(send(woven::inferred(&[1, 2]))));
    println!("{:?}", run(woven::local(std::rc::Rc::new(std::cell::Cell::new(1)))));
    println!("{:?}", run(send(woven::not_sync(std::cell::Cell::new(1), std::cell::Cell::new(2)))));
    println!("every argument");
    println!("  = {:?}", run(send(every(false))));
    println!("  = {:?}", run(send(every(true))));
    println!("cancelled");
    {
        let mut future = pin!(every(false));
        println!("  {:?}", future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    println!("never polled");
    drop(every(false));
    println!("patterns");
    println!("  = {:?}", run(woven::patterns((Loud("a"), Loud("b")), Loud("c"))));
    println!("{:?}", run(send(woven::recursive(10))));
    let mut never = pin!(send(woven::never()));
    println!("{:?}", never.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    println!("{:?}", run(send(woven::opaque(2))).map(|x| x.collect::<Vec<_>>()));
    println!("{:?}", run(send(woven::wholly_opaque(2))).collect::<Vec<_>>());
    let by_hand: Pin<Box<dyn Future<Output = _> + Send + 'static>> = woven::by_hand("1", &String::from("x"));
    println!("{:?}", run(by_hand));
    println!("{:?} {:?}", run(woven::by_hand("1", "")), run(woven::by_alias("1")).is_ok());
    println!("{:?} {:?}", run(send(woven::by_block("abc"))), run(send(woven::borrowing("ab"))));
    println!("{:?}", run(send(woven::forwarded("abc"))));
    println!("{:?} {}", run(woven::detached("abc", String::new())), run(woven::opaque_function(1))(3));
    println!("{:?}", run(woven::generic_error(woven::Failed(1))).is_err());
    let mut service = 1;
    println!("{:?} {:?}", run(send(service.serve(1))), run(service.serve(2)));
    println!("{:?} {:?}", run(Dynamic::dispatch(&1, "ab")), run(Dynamic::dispatch(&4, "ab")));
}
