//! Every kind of function makes a span, and returns the same as without omegi.

use std::cell::RefCell;
use std::future::Future;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use omegi_tests::{error_paths, flows_of, outline_of};

/// Waits for a future that is soon ready.
fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

#[omegi::instrument_crate]
mod tracked {
    use super::Location;

    #[track_caller]
    pub(crate) fn in_tail_position(item: u32) -> Result<u32, String> {
        if item < 10 { Ok(Location::caller().line()) } else { Err(format!("no item {item}")) }
    }

    #[track_caller]
    pub(crate) fn by_return(item: u32) -> Result<u32, String> {
        if item > 9 {
            return Err(format!("no item {item}"));
        }
        Ok(Location::caller().line())
    }

    #[track_caller]
    pub(crate) fn passed_on(item: u32) -> Result<u32, String> {
        let line = in_tail_position(item)?;
        assert_eq!(line, Location::caller().line());
        Ok(line)
    }

    #[track_caller]
    pub(crate) fn converted(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
        Ok(text.parse::<u8>()?)
    }
}

#[test]
fn a_tracked_caller_stays_the_callers_and_errors_are_seen() {
    let flows = flows_of(|| {
        assert_eq!(tracked::in_tail_position(1), Ok(line!()));
        assert_eq!(tracked::by_return(1), Ok(line!()));
        assert!(tracked::passed_on(1).is_ok());
        assert!(tracked::by_return(12).is_err());
        assert!(tracked::passed_on(12).is_err());
        assert!(tracked::converted("x").is_err());
    });
    let outlines: Vec<_> = flows.iter().map(omegi::Flow::outline).collect();
    assert_eq!(
        outlines,
        [
            "kinds::tracked::in_tail_position\n",
            "kinds::tracked::by_return\n",
            "kinds::tracked::passed_on\n  kinds::tracked::in_tail_position\n",
            "kinds::tracked::by_return ! alloc::string::String: no item 12 (origin)\n",
            "kinds::tracked::passed_on ! alloc::string::String: no item 12\n  \
             kinds::tracked::in_tail_position ! alloc::string::String: no item 12 (origin)\n",
            "kinds::tracked::converted ! core::num::error::ParseIntError: \
             invalid digit found in string (origin)\n",
        ]
    );
    let path = &error_paths(&flows)[1];
    assert_eq!(path[1], ("passed_on".to_owned(), Some(41)));
}

#[omegi::instrument_crate]
mod synchronous {
    use super::{Pin, Rc, RefCell};
    use std::fmt::Display;

    pub(crate) fn iterator(count: u32) -> impl Iterator<Item = Result<u32, String>> {
        super::noted("iterator");
        (0..count).map(|n| if n == 2 { Err("two".to_owned()) } else { Ok(n) })
    }

    pub(crate) fn object(yes: bool) -> Result<Box<dyn Display>, Box<dyn std::error::Error>> {
        if yes { Ok(Box::new(1)) } else { Err("no".into()) }
    }

    #[must_use]
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is about that")]
    pub(crate) fn inlined(x: u32) -> u32 {
        x.pow(2)
    }

    #[expect(unsafe_code, reason = "it is about that")]
    #[unsafe(no_mangle)]
    pub(crate) extern "C" fn omegi_tests_c_function(x: u32) -> u32 {
        inlined(x)
    }

    #[expect(unsafe_code, reason = "it is about that")]
    pub(crate) unsafe fn dangerous(x: *const u32) -> Result<u32, String> {
        // SAFETY: the caller gives a pointer that is null or valid.
        unsafe { x.as_ref() }.copied().ok_or_else(|| "null".to_owned())
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "sse2")]
    pub(crate) fn with_feature(x: u32) -> Result<u32, String> {
        if x == 0 {
            return Err("zero".to_owned());
        }
        let halved = halved(x)?;
        Ok(halved)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "sse2")]
    fn halved(x: u32) -> Result<u32, String> {
        x.checked_div(2).ok_or_else(String::new)
    }

    pub(crate) struct Cart {
        pub(crate) items: Vec<u32>,
    }

    impl Cart {
        pub(crate) fn first(&mut self) -> Result<&mut u32, String> {
            if self.items.is_empty() {
                self.items.push(0);
                return Err("it was empty".to_owned());
            }
            self.items.first_mut().ok_or_else(String::new)
        }

        pub(crate) fn pinned(self: Pin<&mut Self>) -> Result<usize, String> {
            let cart = self.get_mut();
            *cart.first()? += 1;
            Ok(cart.items.len())
        }

        #[expect(clippy::boxed_local, reason = "it is about the receiver")]
        pub(crate) fn boxed(self: Box<Self>) -> Result<Vec<u32>, String> {
            let Self { items } = *self;
            if items.is_empty() { Err("empty".to_owned()) } else { Ok(items) }
        }

        pub(crate) fn shared(self: Rc<Self>) -> Result<usize, String> {
            Ok(Rc::strong_count(&self))
        }

        pub(crate) fn find<T>(&self, wanted: &T) -> Result<u32, String>
        where
            T: Clone + Into<u32>,
            for<'a> &'a T: Send,
        {
            let wanted = wanted.clone().into();
            self.items.iter().copied().find(|item| *item == wanted).ok_or_else(|| format!("no {wanted}"))
        }
    }

    impl Iterator for Cart {
        type Item = u32;

        fn next(&mut self) -> Option<u32> {
            self.items.pop()
        }
    }

    pub(crate) struct Logged(pub(crate) Rc<RefCell<Vec<u32>>>, pub(crate) u32);

    impl Drop for Logged {
        #[omegi::traced]
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }

    pub(crate) fn patterns(
        (a, _): (Logged, Logged),
        [first, .., last]: [u32; 3],
        x @ 0..: u32,
        a2: Logged,
    ) -> Result<u32, String> {
        let (x, a) = (x + 1, (a, a2));
        if x > 5 { Err(format!("{}", a.0.1)) } else { Ok(first + last + x) }
    }
}

fn noted(_: &str) {}

#[test]
fn opaque_and_boxed_values_are_returned() {
    let outline = outline_of(|| {
        assert_eq!(synchronous::iterator(4).filter_map(Result::ok).collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(synchronous::object(true).unwrap().to_string(), "1");
        assert!(synchronous::object(false).is_err());
    });
    assert_eq!(
        outline,
        "\
kinds::synchronous::iterator
kinds::synchronous::object
kinds::synchronous::object ! alloc::boxed::Box<dyn core::error::Error>: no (origin)
"
    );
}

#[test]
#[expect(unsafe_code, reason = "it is about that")]
fn functions_of_other_languages_unsafe_ones_and_those_with_features_are_spans() {
    let outline = outline_of(|| {
        assert_eq!(synchronous::omegi_tests_c_function(3), 9);
        // SAFETY: one is valid, the other null.
        unsafe {
            assert_eq!(synchronous::dangerous(&7), Ok(7));
            assert_eq!(synchronous::dangerous(std::ptr::null()), Err("null".to_owned()));
        }
    });
    assert_eq!(
        outline,
        "\
kinds::synchronous::omegi_tests_c_function
  kinds::synchronous::inlined
kinds::synchronous::dangerous
kinds::synchronous::dangerous ! alloc::string::String: null (origin)
"
    );
}

#[test]
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "it is about that")]
fn a_body_keeps_the_features_of_its_function() {
    let outline = outline_of(|| {
        // SAFETY: every x86-64 has the instruction.
        unsafe {
            assert_eq!(synchronous::with_feature(4), Ok(2));
            assert!(synchronous::with_feature(0).is_err());
        }
    });
    assert_eq!(
        outline,
        "\
kinds::synchronous::with_feature
  kinds::synchronous::halved
kinds::synchronous::with_feature ! alloc::string::String: zero (origin)
"
    );
}

#[test]
fn self_may_be_anything() {
    let outline = outline_of(|| {
        let mut cart = synchronous::Cart { items: Vec::new() };
        assert!(Pin::new(&mut cart).pinned().is_err());
        assert_eq!(cart.find(&0_u8), Ok(0));
        assert_eq!(cart.next(), Some(0));
        assert!(Box::new(cart).boxed().is_err());
        assert_eq!(Rc::new(synchronous::Cart { items: Vec::new() }).shared(), Ok(1));
    });
    assert_eq!(
        outline,
        "\
kinds::synchronous::Cart::pinned ! alloc::string::String: it was empty
  kinds::synchronous::Cart::first ! alloc::string::String: it was empty (origin)
kinds::synchronous::Cart::find
kinds::synchronous::Cart::next
kinds::synchronous::Cart::boxed ! alloc::string::String: empty (origin)
kinds::synchronous::Cart::shared
"
    );
}

#[test]
fn arguments_are_dropped_inside_their_function_and_in_its_order() {
    let outline = outline_of(|| {
        let log = Rc::new(RefCell::new(Vec::new()));
        let logged = |n| synchronous::Logged(Rc::clone(&log), n);
        let found = synchronous::patterns((logged(1), logged(2)), [1, 2, 3], 4, logged(3));
        assert_eq!(found, Ok(9));
        assert_eq!(*log.borrow(), [1, 3, 2]);
    });
    let dropped = "  kinds::synchronous::Logged::drop\n".repeat(3);
    assert_eq!(outline, format!("kinds::synchronous::patterns\n{dropped}"));
}

#[omegi::instrument_crate]
mod generated {
    use omegi::traced as renamed;

    macro_rules! functions {
        ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty $body:block)*) => {$(
            #[omegi::traced(args)]
            $(#[$meta])*
            $vis fn $name($($arg: $ty),*) -> $ret $body
        )*};
    }

    functions! {
        /// It is made by a macro.
        #[inline]
        pub(crate) fn parsed(text: &str, base: u32) -> Result<u32, std::num::ParseIntError> {
            let number = u32::from_str_radix(text, base)?;
            Ok(number + 1)
        }

        pub(crate) fn product(a: u32, b: u32) -> u32 {
            a.wrapping_mul(b)
        }
    }

    #[renamed]
    pub(crate) fn by_another_name(r#type: u32) -> Option<u32> {
        fn r#match(value: u32) -> Option<u32> {
            value.checked_sub(1)
        }
        r#match(r#type)
    }
}

#[test]
fn functions_made_by_a_macro_are_woven_once() {
    let outline = outline_of(|| {
        assert_eq!(generated::parsed("f", 16), Ok(16));
        assert!(generated::parsed("x", 10).is_err());
        assert_eq!(generated::product(2, 3), 6);
        assert_eq!(generated::by_another_name(1), Some(0));
    });
    assert_eq!(
        outline,
        "\
kinds::generated::parsed(text=f, base=16)
kinds::generated::parsed(text=x, base=10) ! core::num::error::ParseIntError: \
         invalid digit found in string (origin)
kinds::generated::product(a=2, b=3)
kinds::generated::by_another_name
  kinds::generated::by_another_name::match
"
    );
}

#[omegi::instrument_crate]
mod asynchronous {
    use super::{Context, Future, Pin, Poll};

    pub(crate) async fn closures(items: &[u32]) -> Result<u32, String> {
        let checked = async |item: &u32| -> Result<u32, String> {
            tokio::task::yield_now().await;
            if *item > 5 { Err(format!("no item {item}")) } else { Ok(*item) }
        };
        let mut sum = 0;
        for item in items {
            sum += checked(item).await?;
        }
        Ok(sum)
    }

    pub(crate) fn boxed(item: u32, name: String) -> Pin<Box<dyn Future<Output = Result<u32, String>>>> {
        if item > 9 {
            return Box::pin(async move { Err(format!("no {name}")) });
        }
        match item {
            0 => Box::pin(std::future::ready(Ok(0))),
            1 => Box::pin(async move { closures(&[item]).await }),
            _ => {
                let length = name.len();
                drop(name);
                Box::pin(async move { u32::try_from(length).map_err(|_| "too long".to_owned()) })
            }
        }
    }

    pub(crate) struct ByHand(pub(crate) u32);

    impl Future for ByHand {
        type Output = Result<u32, String>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            self.0 += 1;
            match self.0 {
                0..3 => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                3 => Poll::Ready(Ok(3)),
                _ => Poll::Ready(Err("polled too often".to_owned())),
            }
        }
    }

    /// A stream of `futures`.
    pub(crate) trait Stream {
        type Item;
        fn poll_next(self: Pin<&mut Self>) -> Poll<Option<Self::Item>>;
    }

    impl Stream for ByHand {
        type Item = Result<u32, String>;

        fn poll_next(mut self: Pin<&mut Self>) -> Poll<Option<Self::Item>> {
            self.0 = self.0.wrapping_sub(1);
            let item = if self.0 == 1 { Err("one".to_owned()) } else { Ok(self.0) };
            Poll::Ready((self.0 > 0).then_some(item))
        }
    }

    pub(crate) trait Methods {
        async fn pinned(self: Pin<&mut Self>) -> Result<u32, String>;
        async fn owned(self: Box<Self>, both: (u32, u32)) -> u32;
    }

    impl Methods for ByHand {
        async fn pinned(self: Pin<&mut Self>) -> Result<u32, String> {
            self.await
        }

        async fn owned(mut self: Box<Self>, (a, _): (u32, u32)) -> u32 {
            self.0 += a;
            tokio::task::yield_now().await;
            self.0
        }
    }
}

#[test]
fn async_closures_belong_to_their_function() {
    let outline = outline_of(|| {
        assert_eq!(wait(asynchronous::closures(&[1, 2])), Ok(3));
        assert!(wait(asynchronous::closures(&[9])).is_err());
    });
    assert_eq!(
        outline,
        "\
kinds::asynchronous::closures
kinds::asynchronous::closures ! alloc::string::String: no item 9 (origin)
"
    );
}

#[test]
fn every_future_that_a_function_makes_is_its_span() {
    let outline = outline_of(|| {
        let boxed = |item| wait(asynchronous::boxed(item, "thing".to_owned()));
        assert_eq!([boxed(0), boxed(1), boxed(2)], [Ok(0), Ok(1), Ok(5)]);
        assert_eq!(boxed(12), Err("no thing".to_owned()));
    });
    assert_eq!(
        outline,
        "\
kinds::asynchronous::boxed
  kinds::asynchronous::closures
kinds::asynchronous::boxed
kinds::asynchronous::boxed ! alloc::string::String: no thing (origin)
"
    );
}

#[test]
fn a_poll_by_hand_is_a_call_each() {
    use asynchronous::{ByHand, Methods as _, Stream as _};
    let outline = outline_of(|| {
        assert_eq!(wait(pin!(ByHand(0)).pinned()), Ok(3));
        assert!(wait(ByHand(3)).is_err());
        assert_eq!(wait(Box::new(ByHand(0)).owned((1, 2))), 1);
        let mut stream = ByHand(3);
        assert_eq!(Pin::new(&mut stream).poll_next(), Poll::Ready(Some(Ok(2))));
        assert_eq!(Pin::new(&mut stream).poll_next(), Poll::Ready(Some(Err("one".to_owned()))));
        assert_eq!(Pin::new(&mut stream).poll_next(), Poll::Ready(None));
    });
    assert_eq!(
        outline,
        "\
kinds::asynchronous::ByHand::pinned
  kinds::asynchronous::ByHand::poll
  kinds::asynchronous::ByHand::poll
  kinds::asynchronous::ByHand::poll
kinds::asynchronous::ByHand::poll ! alloc::string::String: polled too often (origin)
kinds::asynchronous::ByHand::owned
kinds::asynchronous::ByHand::poll_next
kinds::asynchronous::ByHand::poll_next ! alloc::string::String: one (origin)
kinds::asynchronous::ByHand::poll_next
"
    );
}

#[omegi::traced]
fn deep(levels: u32) -> Result<u32, String> {
    if levels == 0 {
        return Err("the ground".to_owned());
    }
    Ok(deep(levels - 1)? + 1)
}

#[test]
fn a_recursion_goes_as_deep_as_its_stack() {
    let deeply = || {
        let thread = std::thread::Builder::new().stack_size(256 << 20);
        let found = thread.spawn(|| deep(100_000)).unwrap().join().unwrap();
        assert_eq!(found, Err("the ground".to_owned()));
    };
    // The flow belongs to another thread.
    assert!(flows_of(deeply).is_empty());
}

#[omegi::traced]
#[test]
fn a_test_may_be_traced_first() -> Result<(), String> {
    assert!(deep(1).is_err());
    Ok(())
}

#[omegi::traced]
#[tokio::test]
async fn an_asynchronous_test_may_be_traced_first() -> Result<(), String> {
    asynchronous::closures(&[1]).await.map(drop)
}

#[tokio::test]
#[omegi::traced]
async fn an_asynchronous_test_may_be_traced_last() -> Result<(), String> {
    asynchronous::closures(&[1]).await.map(drop)
}
