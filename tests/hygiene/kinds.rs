//! Every kind of function compiles woven as it does plain, without a warning, and does the same.
#![warn(missing_docs, unused_results, unreachable_pub, unused_lifetimes)]
#![warn(clippy::all, clippy::pedantic)]
#![allow(unsafe_code)]
#![allow(unknown_lints)]
#![allow(clippy::missing_safety_doc)]

extern crate omegi;

/// The functions under test.
#[::omegi::instrument_crate]
pub mod woven {
    use std::borrow::Cow;
    use std::collections::HashMap;
    use std::fmt::{Debug, Display};
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// An alias.
    pub type Answer<T> = Result<T, Failed>;

    /// An alias that hides everything.
    pub type Done = Result<(), Failed>;

    /// The error of these functions.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Failed(pub i32);

    impl Display for Failed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "failed with {}", self.0)
        }
    }

    impl std::error::Error for Failed {}

    impl From<std::num::ParseIntError> for Failed {
        fn from(_: std::num::ParseIntError) -> Self {
            Self(-1)
        }
    }

    macro_rules! bail {
        ($code:expr) => {
            return Err(Failed($code))
        };
    }

    macro_rules! make_function {
        ($name:ident, $ty:ty) => {
            /// Made by a macro.
            pub fn $name(x: &$ty) -> String {
                x.to_string()
            }
        };
    }

    make_function!(made, u8);

    fn nothing() {
        drop(String::new());
    }

    fn id<T>(x: T) -> T {
        drop(Vec::<T>::new());
        x
    }

    /// A hidden return.
    pub fn hidden(x: i32) -> Done {
        nothing();
        if x > 1 {
            bail!(x);
        }
        Ok(())
    }

    /// Has question marks of all sorts.
    pub fn questions(text: &str) -> Answer<i32> {
        let x = (text as &str).parse::<i32>()?;
        let y = text.trim().parse::<i32>().map_err(|_| Failed(2))?;
        let z = [text].iter().map(|t| -> Answer<i32> { Ok(t.parse::<i32>()?) }).next().ok_or(Failed(3))??;
        let () = hidden(x - 11)?;
        if let Some(w) = (unsafe { danger(Some(x)) })? {
            return Ok(w + y + z);
        }
        match hidden(x) {
            Ok(()) => Ok(0),
            Err(e) => Err(e)?,
        }
    }

    /// Unsafe.
    pub unsafe fn danger(x: Option<i32>) -> Answer<Option<i32>> {
        nothing();
        if x == Some(0) {
            Err(Failed(4))
        } else {
            Ok(x)
        }
    }

    /// Unsafe, calling unsafe.
    #[allow(unsafe_op_in_unsafe_fn)]
    pub unsafe fn more_danger(x: i32) -> Answer<Option<i32>> {
        danger(Some(x))
    }

    /// With a C interface.
    #[unsafe(no_mangle)]
    pub extern "C" fn hygiene_c_function(x: i32) -> i32 {
        nothing();
        x + 1
    }

    /// With a C interface and a callback.
    pub extern "C" fn with_callback(f: extern "C" fn(i32) -> i32) -> i32 {
        f(1)
    }

    /// Generic, with everything.
    pub fn generic<'a, 'b: 'a, T, U, const N: usize>(
        x: &'a T,
        _y: &'b [U; N],
        f: impl Fn(&T) -> U,
    ) -> Answer<&'a T>
    where
        T: ?Sized + Debug,
        U: Clone + 'b,
    {
        drop(f(x));
        Ok(x)
    }

    /// Returns something opaque.
    pub fn opaque(n: i32) -> Answer<impl Iterator<Item = i32> + Clone> {
        hidden(n)?;
        Ok((0..n).map(|x| x * 2))
    }

    /// Returns something wholly opaque.
    pub fn wholly_opaque<'a>(xs: &'a [i32], y: &'a i32) -> impl Iterator<Item = i32> + 'a {
        nothing();
        xs.iter().map(move |x| x + y)
    }

    /// Takes and returns trait objects.
    pub fn objects(
        x: &dyn Debug,
        y: Box<dyn Display>,
    ) -> Result<Box<dyn Display>, Box<dyn std::error::Error>> {
        drop(format!("{:?}", x));
        if y.to_string().is_empty() {
            return Err("empty".into());
        }
        let e = Failed(9);
        if y.to_string().len() > 100 {
            return Err(Box::new(e));
        }
        Ok(y)
    }

    /// Never returns.
    pub fn never() -> ! {
        panic!("never")
    }

    /// Has the return type `Result`, and never returns.
    pub fn never_result() -> Answer<u8> {
        panic!("never")
    }

    /// Returns its caller's location.
    #[track_caller]
    pub fn caller(text: &str) -> Answer<u32> {
        let _ = text.parse::<i32>()?;
        Ok(std::panic::Location::caller().line())
    }

    /// Calls that.
    pub fn calls() -> Answer<u32> {
        caller("1")
    }

    /// Contains only a call.
    pub fn delegates() -> Answer<u32> {
        calls()
    }

    /// Must be used, and inlined.
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub fn must_use(mut n: u64, text: &str) -> Option<u64> {
        n += 1;
        let m: u64 = text.parse().ok()?;
        Some(n + m)
    }

    /// `None` is an error.
    #[::omegi::traced(err, ret, args)]
    #[must_use]
    pub fn none_is_an_error(map: &HashMap<String, i32>, key: &str) -> Option<i32> {
        let x = map.get(key)?;
        Some(*x)
    }

    /// All options.
    #[::omegi::traced(
        name = "all of them",
        kind = "server",
        args(a, b),
        err(Debug),
        ret,
        fields(sum = a + 1, text.len = %b.len(), dbg = ?b, a, %c)
    )]
    pub fn all_options(a: i32, b: &str, c: &str, d: u8) -> Answer<(i32, u8)> {
        nothing();
        drop([c, b].concat());
        Ok((a, d))
    }

    /// Has skipped arguments.
    #[::omegi::traced(skip(secret), args)]
    pub fn skips(secret: &str, (a, _b): (i32, i32), _: u8) -> i32 {
        nothing();
        drop(secret.to_owned());
        a
    }

    /// Shadows its arguments.
    pub fn shadows(x: &str, y: i32) -> Answer<i32> {
        let x = x.len();
        let y = y + x.to_string().parse::<i32>()?;
        let x = y.to_string().parse::<i32>();
        x.map_err(|_| Failed(1))
    }

    /// Raw names.
    pub fn r#match(r#type: i32, r#fn: &mut i32) -> Answer<i32> {
        *r#fn += r#type;
        hidden(r#type)?;
        Ok(*r#fn)
    }

    /// Uses names that look like omegi's.
    pub fn clash(__omegi_ret: i32) -> Answer<i32> {
        let __omegi_span = __omegi_ret + 1;
        nothing();
        Ok(__omegi_span + __omegi_ret)
    }

    /// Begins with items.
    pub fn items() -> Answer<i32> {
        use std::str::FromStr;
        const LIMIT: i32 = 3;
        fn inner(x: i32) -> Answer<i32> {
            hidden(x)?;
            Ok(x)
        }
        let x = i32::from_str("1")?;
        if x > LIMIT {
            return inner(x);
        }
        inner(1)
    }

    /// Begins with items, and cannot fail.
    pub fn items_guarded() -> i32 {
        use std::str::FromStr;
        fn inner() -> i32 {
            i32::from_str("1").unwrap_or_default()
        }
        let x = i32::from_str("2").unwrap_or_default();
        x + inner()
    }

    /// Has arguments under conditions.
    pub fn conditional(#[cfg(any())] a: String, #[cfg(not(any()))] b: String, _c: String) -> Answer<usize> {
        nothing();
        Ok(b.len())
    }

    /// Expects a warning.
    #[allow(clippy::needless_pass_by_value)]
    pub fn unused(_a: String, _b: Vec<u8>) -> Answer<()> {
        nothing();
        Ok(())
    }

    /// Wants exact types.
    #[allow(clippy::type_complexity)]
    pub fn complex(
        x: i32,
    ) -> Result<Box<dyn Fn(i32) -> Result<Vec<Option<Cow<'static, str>>>, Failed>>, Failed> {
        hidden(x)?;
        Ok(Box::new(move |y| if x == y { Err(Failed(y)) } else { Ok(Vec::new()) }))
    }

    /// Reborrows.
    pub fn reborrows<'a>(map: &'a mut HashMap<i32, String>, key: i32) -> Answer<&'a mut String> {
        hidden(1)?;
        let entry = map.entry(key).or_insert_with(String::new);
        entry.push('x');
        Ok(entry)
    }

    /// Recursive.
    pub fn recursive(n: u32) -> Answer<u32> {
        if n == 0 {
            return Ok(0);
        }
        Ok(recursive(n - 1)? + 1)
    }

    /// Loops with labels.
    pub fn labels(n: i32) -> Answer<i32> {
        let mut x = 0;
        'outer: loop {
            for i in 0..n {
                x += i;
                if x > 10 {
                    break 'outer;
                }
                if i == 3 {
                    continue 'outer;
                }
                hidden(0)?;
            }
            if n == 0 {
                break;
            }
        }
        Ok(x)
    }

    /// Is an error only if the held value borrows nothing.
    #[derive(Debug)]
    pub struct Full<T>(pub T);

    impl<T> Display for Full<T> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("full")
        }
    }

    impl<T: Debug + 'static> std::error::Error for Full<T> {}

    /// An alias that hides such a type.
    pub type Pushed<T> = Result<(), Full<T>>;

    /// Fails with a generic error.
    pub fn push<T>(x: T) -> Result<(), Full<T>> {
        nothing();
        Err(Full(x))
    }

    /// Fails with a borrowed error.
    pub fn push_borrowed(x: &str) -> Result<(), Full<&str>> {
        push(x)
    }

    /// Fails with an opaque error.
    pub fn push_hidden<T>(x: T) -> Pushed<T> {
        push(x)
    }

    /// Names its error elsewhere.
    pub trait Push<T> {
        /// The error.
        type Error;

        /// Fails.
        fn push(self, x: T) -> Result<(), Self::Error>;
    }

    impl<T> Push<T> for u8 {
        type Error = Full<T>;

        fn push(self, x: T) -> Result<(), Self::Error> {
            push(x)
        }
    }

    impl<T> Push<T> for u16 {
        type Error = Full<T>;

        #[::omegi::traced]
        fn push(self, x: T) -> Result<(), Self::Error> {
            push(x)
        }
    }

    /// Captures its argument, and never returns.
    #[::omegi::traced(args)]
    pub fn captures_and_panics(x: u8) -> ! {
        panic!("never {}", x)
    }

    /// Returns a closure whose argument types come from the return type alone.
    pub fn opaque_function(n: i32) -> impl Fn(i32) -> i32 {
        nothing();
        move |x| x.pow(2) + n
    }

    /// Panics where the plain one does.
    pub fn panics(xs: &[u8]) -> Result<u8, &'static str> {
        let x = xs
            .first()
            .ok_or("empty")?
            .checked_add(1)
            .ok_or("too much")?
            + xs.last().ok_or("empty")?;
        Ok(x)
    }

    /// Has attributes on its arguments.
    #[allow(clippy::needless_pass_by_value)]
    pub fn attributes(
        #[allow(unused_variables)] a: String,
        _: String,
        #[expect(unused_variables)] b: u8,
    ) -> Answer<()> {
        nothing();
        Ok(())
    }

    /// A block in parentheses.
    #[allow(clippy::blocks_in_conditions)]
    pub fn block_in_parentheses(x: i32) -> Answer<i32> {
        let y = ({
            nothing();
            questions("12")
        })?;
        Ok(x + y)
    }

    macro_rules! arithmetic {
        ($name:ident, $a:expr, $b:expr, $object:ty, $literal:literal) => {
            /// Keeps an expression together that the macro received as one.
            #[::omegi::traced(args, ret)]
            pub fn $name(object: &$object) -> Answer<i32> {
                drop(format!("{:?}", object));
                let x = $a;
                assert_eq!($a * $b, x * $b);
                if $a == 3 {
                    hidden($literal)?;
                }
                Ok($a * $b - i32::pow($literal, 2))
            }
        };
    }

    arithmetic!(grouped, 1 + 2, 3 + 4, dyn Debug + Send, -1);

    /// A counter.
    #[derive(Debug, Default, Clone, PartialEq, Eq)]
    pub struct Counter<T = i32> {
        count: T,
    }

    impl<T> Counter<T>
    where
        T: Clone + PartialOrd<T> + Debug,
    {
        /// A new one.
        pub fn new(count: T) -> Self {
            nothing();
            Self { count }
        }

        /// Returns a new one, perhaps.
        pub fn try_new(count: T) -> Result<Self, Failed> {
            let count = id(count);
            Ok(Self { count })
        }

        /// By reference.
        pub fn get(&self) -> Answer<&T> {
            nothing();
            Ok(&self.count)
        }

        /// By mutable reference.
        pub fn get_mut(&mut self) -> Answer<&mut T> {
            nothing();
            Ok(&mut self.count)
        }

        /// By value.
        pub fn into(self) -> Answer<T> {
            nothing();
            Ok(self.count)
        }

        /// Pinned.
        pub fn pinned(self: Pin<&mut Self>) -> Answer<T> {
            nothing();
            Ok(self.count.clone())
        }

        /// Boxed.
        pub fn boxed(self: Box<Self>) -> Answer<T> {
            nothing();
            Ok(self.count)
        }

        /// Builds.
        #[must_use]
        pub fn with(mut self, count: T) -> Self {
            nothing();
            self.count = count;
            self
        }
    }

    /// A trait with defaults.
    pub trait Shape {
        /// Its error.
        type Error: Debug;

        /// Required.
        fn area(&self) -> Result<f64, Self::Error>;

        /// Provided.
        fn double(&self) -> Result<f64, Self::Error> {
            Ok(self.area()? * 2.0)
        }

        /// Provided, by value.
        fn into_area(self) -> Result<f64, Self::Error>
        where
            Self: Sized,
        {
            self.area()
        }
    }

    impl Shape for Counter<f64> {
        type Error = std::num::ParseFloatError;

        fn area(&self) -> Result<f64, Self::Error> {
            self.count.to_string().parse()
        }
    }

    impl Iterator for Counter<i32> {
        type Item = Answer<i32>;

        fn next(&mut self) -> Option<Self::Item> {
            let count = self.get_mut().ok()?;
            *count += 1;
            if *count > 3 {
                None
            } else {
                Some(Ok(*count))
            }
        }
    }

    impl std::future::Future for Counter<u8> {
        type Output = Answer<u8>;

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            cx.waker().wake_by_ref();
            Poll::Ready(self.pinned())
        }
    }

    /// Nested modules.
    pub mod nested {
        use super::{hidden, Answer};

        /// In here.
        pub fn inside() -> Answer<()> {
            let closure = |x: i32| -> Answer<()> {
                hidden(x)?;
                Ok(())
            };
            closure(1)
        }

        #[::omegi::untraced]
        #[allow(dead_code)]
        fn left_alone() -> Answer<()> {
            hidden(1)
        }

        #[cfg_attr(not(any()), ::omegi::traced(ret))]
        #[cfg_attr(any(), ::omegi::untraced)]
        #[allow(dead_code)]
        fn conditionally() -> Answer<u8> {
            hidden(1)?;
            Ok(1)
        }
    }
}

use woven::{Counter, Shape};

#[::omegi::traced]
fn alone(text: &str) -> Result<u8, std::num::ParseIntError> {
    let x = text.parse::<u8>()?;
    Ok(x)
}

struct Method;

impl Method {
    #[::omegi::traced(args(self))]
    fn alone(&self, x: u8) -> Result<Self, woven::Failed> {
        let Method = self;
        woven::hidden(i32::from(x))?;
        Ok(Method)
    }
}

fn main() {
    println!("{:?} {:?}", woven::hidden(1), woven::hidden(2));
    println!("{:?} {:?}", woven::questions("12"), woven::questions("x"));
    println!("{:?}", unsafe { woven::more_danger(0) });
    println!("{} {}", woven::hygiene_c_function(1), woven::with_callback(woven::hygiene_c_function));
    println!("{:?}", woven::generic("a", &[1, 2], |_| 3));
    println!("{:?}", woven::opaque(1).map(|x| x.collect::<Vec<_>>()));
    println!("{:?}", woven::wholly_opaque(&[1, 2], &3).collect::<Vec<_>>());
    println!("{:?}", woven::objects(&1, Box::new("")).map(|x| x.to_string()).map_err(|x| x.to_string()));
    println!("{:?}", woven::objects(&1, Box::new("y")).map(|x| x.to_string()).map_err(|x| x.to_string()));
    println!("{:?}", std::panic::catch_unwind(|| woven::never()).is_err());
    println!("{:?}", std::panic::catch_unwind(woven::never_result).is_err());
    println!("{:?} {}", woven::caller("1"), line!());
    println!("{:?}", woven::calls());
    println!("{:?}", woven::delegates());
    println!("{:?}", woven::must_use(1, "2"));
    println!("{:?}", woven::none_is_an_error(&std::collections::HashMap::new(), "a"));
    println!("{:?} {}", woven::all_options(1, "b", "c", 2), woven::skips("s", (1, 2), 3));
    println!("{:?} {:?} {:?}", woven::shadows("abc", 2), woven::r#match(1, &mut 2), woven::clash(3));
    println!("{:?} {} {}", woven::items(), woven::items_guarded(), woven::made(&7));
    println!(
        "{:?} {:?}",
        woven::conditional("b".into(), "c".into()),
        woven::unused(String::new(), Vec::new())
    );
    println!("{:?}", woven::complex(1).and_then(|f| f(1)));
    println!("{:?}", woven::reborrows(&mut std::collections::HashMap::new(), 1));
    println!("{:?} {:?}", woven::recursive(100), woven::labels(5));
    let mut counter = Counter::new(1);
    println!("{:?} {:?}", counter.get(), Counter::try_new(1));
    println!("{:?} {:?}", counter.by_ref().collect::<Vec<_>>(), counter.clone().into());
    println!("{:?} {:?}", Box::new(counter).boxed(), Counter::new(1).with(2));
    println!("{:?} {:?}", Counter::new(1.5).double(), Counter::new(1.5).into_area());
    println!("{:?} {:?}", woven::nested::inside(), alone("x").is_err());
    println!("{:?} {:?} {:?}", woven::push(1), woven::push_borrowed("x"), woven::push_hidden("y"));
    println!("{:?} {:?}", woven::Push::push(1_u8, "x"), woven::Push::push(1_u16, "x"));
    println!("{:?} {}", woven::attributes(String::new(), String::new(), 1), woven::opaque_function(1)(3));
    println!("{:?} {:?}", woven::block_in_parentheses(1), woven::grouped(&7));
    std::panic::set_hook(Box::new(|panic| println!("{}", panic.location().expect("a place"))));
    println!("{}", std::panic::catch_unwind(|| woven::panics(&[250])).is_err());
    println!("{}", std::panic::catch_unwind(|| woven::captures_and_panics(1)).is_err());
    println!("{}", Method.alone(1).is_ok());
}
