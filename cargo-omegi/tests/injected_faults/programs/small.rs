//! Errors on every way that a program has for them.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::io;

#[derive(Debug)]
enum ShopError {
    Storage(io::Error),
    Text(String),
    Wrapped { order: u32, source: Box<ShopError> },
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(error) => write!(f, "storage: {error}"),
            Self::Text(text) => f.write_str(text),
            Self::Wrapped { order, source } => write!(f, "order {order}: {source}"),
        }
    }
}

impl std::error::Error for ShopError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Text(_) => None,
            Self::Wrapped { source, .. } => Some(source),
        }
    }
}

impl From<io::Error> for ShopError {
    fn from(error: io::Error) -> Self {
        Self::Storage(error)
    }
}

impl From<String> for ShopError {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

fault::faults! { ShopError: |text| Self::Text(text) }

type ShopResult<T> = Result<T, ShopError>;
type AnyResult<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

macro_rules! bail {
    ($($part:tt)*) => { return Err(ShopError::Text(format!($($part)*))) };
}

/// Question marks: with a conversion, in chains, in expressions, in the last expression.
mod question_marks {
    use super::*;

    pub(super) fn root(n: u32) -> ShopResult<u32> {
        let first = converted(n)?;
        let second = chained(first)? + in_argument(first)?;
        let third = if two_steps(second)? > 3 { in_block(second)? } else { 0 };
        Ok(third + last(second)?)
    }

    fn converted(n: u32) -> ShopResult<u32> {
        let size = read(n)?;
        Ok(size + text(size)?)
    }

    fn read(n: u32) -> io::Result<u32> {
        Ok(n + 1)
    }

    fn text(n: u32) -> Result<u32, String> {
        Ok(n * 2)
    }

    fn chained(n: u32) -> ShopResult<u32> {
        let length = digits(n)?.trim().parse::<u32>().map_err(|error| ShopError::Text(error.to_string()))?;
        Ok(length)
    }

    fn digits(n: u32) -> Result<String, String> {
        Ok(format!(" {n} "))
    }

    fn in_argument(n: u32) -> ShopResult<u32> {
        Ok(u32::max(read(n)?, text(n)?))
    }

    fn in_block(n: u32) -> ShopResult<u32> {
        let doubled = {
            let once = read(n)?;
            once * 2
        };
        for _ in 0..2 {
            text(doubled)?;
        }
        Ok(doubled)
    }

    fn two_steps(n: u32) -> ShopResult<u32> {
        Ok(inner_step(n)?)
    }

    fn inner_step(n: u32) -> Result<u32, String> {
        Ok(n)
    }

    fn last(n: u32) -> ShopResult<u32> {
        read(n).map_err(ShopError::Storage)
    }
}

/// Tail calls: whole chains of functions that hand a result on.
mod tails {
    use super::*;

    pub(super) fn root(n: u32) -> ShopResult<u32> {
        first(n)
    }

    fn first(n: u32) -> ShopResult<u32> {
        second(n).map(|it| it + 1)
    }

    fn second(n: u32) -> ShopResult<u32> {
        if n > 100 { third(n) } else { in_match(n) }
    }

    fn in_match(n: u32) -> ShopResult<u32> {
        match n {
            0 => third(1),
            1 => bail!("one"),
            n => third(n),
        }
    }

    fn third(n: u32) -> ShopResult<u32> {
        let result = stored(n);
        result
    }

    fn stored(n: u32) -> ShopResult<u32> {
        let result = returned(n);
        if result.is_err() {
            return result;
        }
        and_then(n)
    }

    fn returned(n: u32) -> ShopResult<u32> {
        return made(n);
    }

    fn and_then(n: u32) -> ShopResult<u32> {
        made(n).and_then(|it| other(it))
    }

    fn made(n: u32) -> ShopResult<u32> {
        if n == 7777 { Err(ShopError::Text("made".to_owned())) } else { Ok(n) }
    }

    fn other(n: u32) -> ShopResult<u32> {
        (n < 7777).then_some(n).ok_or_else(|| ShopError::Text("no such number".to_owned()))
    }
}

/// Errors that become others by hand.
mod wrapped {
    use super::*;

    pub(super) fn root(n: u32) -> ShopResult<u32> {
        match order(n) {
            Ok(it) => Ok(it),
            Err(error) => Err(error),
        }
    }

    fn order(n: u32) -> ShopResult<u32> {
        price(n).map_err(|source| ShopError::Wrapped { order: n, source: Box::new(source) })
    }

    fn price(n: u32) -> ShopResult<u32> {
        match stock(n) {
            Ok(it) => Ok(it + 1),
            Err(source) => return Err(ShopError::Wrapped { order: n + 1, source: Box::new(source) }),
        }
    }

    fn stock(n: u32) -> ShopResult<u32> {
        let Ok(count) = count(n) else {
            bail!("no count of {n}");
        };
        Ok(count)
    }

    fn count(n: u32) -> ShopResult<u32> {
        Ok(n)
    }
}

/// Errors that a caller handles.
mod swallowed {
    use super::*;

    pub(super) fn root(n: u32) -> u32 {
        let cached = cached(n).unwrap_or(1);
        let retried = retried(n);
        let ignored = ignored(n).is_ok();
        let _ = dropped(n);
        cached + retried + u32::from(ignored) + first_of(n).unwrap_or_default()
    }

    fn cached(n: u32) -> ShopResult<u32> {
        Ok(lookup(n)?)
    }

    fn lookup(n: u32) -> Result<u32, String> {
        Ok(n)
    }

    fn retried(n: u32) -> u32 {
        for attempt in 0..3 {
            if let Ok(answer) = attempted(n + attempt) {
                return answer;
            }
        }
        0
    }

    fn attempted(n: u32) -> ShopResult<u32> {
        let sent = sent(n)?;
        Ok(sent)
    }

    fn sent(n: u32) -> io::Result<u32> {
        Ok(n)
    }

    fn ignored(n: u32) -> Result<(), String> {
        if n == 7777 { Err("ignored".to_owned()) } else { Ok(()) }
    }

    fn dropped(n: u32) -> ShopResult<u32> {
        lookup(n).map_err(ShopError::from)
    }

    fn first_of(n: u32) -> ShopResult<u32> {
        alternative(n).or_else(|_| fallback(n))
    }

    fn alternative(n: u32) -> ShopResult<u32> {
        Ok(n)
    }

    fn fallback(n: u32) -> ShopResult<u32> {
        Ok(n)
    }
}

/// Traits, generic functions, closures, methods.
mod shapes {
    use super::*;

    trait Storage {
        type Error: Into<ShopError>;

        fn get(&self, key: u32) -> Result<u32, ShopError>;

        fn get_twice(&self, key: u32) -> ShopResult<u32> {
            Ok(self.get(key)? + self.get(key)?)
        }
    }

    struct Memory(HashMap<u32, u32>);

    impl Storage for Memory {
        type Error = String;

        fn get(&self, key: u32) -> ShopResult<u32> {
            self.0.get(&key).copied().ok_or(ShopError::Text(format!("no {key}")))
        }
    }

    struct Layered<S> {
        below: S,
        reads: Cell<u32>,
    }

    impl<S: Storage> Storage for Layered<S> {
        type Error = S::Error;

        fn get(&self, key: u32) -> ShopResult<u32> {
            self.reads.set(self.reads.get() + 1);
            self.below.get(key)
        }
    }

    impl std::str::FromStr for Memory {
        type Err = ShopError;

        fn from_str(text: &str) -> Result<Self, ShopError> {
            let entries = text.split(',').map(entry).collect::<ShopResult<_>>()?;
            Ok(Self(entries))
        }
    }

    fn entry(text: &str) -> ShopResult<(u32, u32)> {
        let (key, value) = text.split_once('=').ok_or_else(|| "no =".to_owned())?;
        Ok((number(key)?, number(value)?))
    }

    fn number(text: &str) -> Result<u32, String> {
        text.parse().map_err(|error| format!("{text}: {error}"))
    }

    pub(super) fn root(n: u32) -> ShopResult<u32> {
        let memory: Memory = format!("{n}=5,9=8").parse()?;
        let layered = Layered { below: memory, reads: Cell::new(0) };
        let dynamic: &dyn Storage<Error = String> = &layered;
        Ok(dynamic.get_twice(n)? + generic(&layered, n)? + with_closure(n, |it| by_closure(it))?)
    }

    fn generic<S: Storage>(storage: &S, key: u32) -> ShopResult<u32> {
        let value = storage.get(key)?;
        repeated(2, || storage.get_twice(key)).map(|it| it + value)
    }

    fn repeated<T>(times: usize, mut call: impl FnMut() -> ShopResult<T>) -> ShopResult<T> {
        for _ in 1..times {
            call()?;
        }
        call()
    }

    fn with_closure(n: u32, f: impl Fn(u32) -> ShopResult<u32>) -> ShopResult<u32> {
        let inner = |it: u32| -> ShopResult<u32> {
            let it = f(it)?;
            Ok(it + 1)
        };
        let sum = (0..3).map(|it| inner(n + it)).sum::<ShopResult<u32>>();
        sum
    }

    fn by_closure(n: u32) -> ShopResult<u32> {
        Ok(n)
    }
}

/// Recursion, and errors with equal texts in siblings.
mod trees {
    use super::*;

    pub(super) fn root(depth: u32) -> ShopResult<u32> {
        let left = branch(depth);
        let right = branch(depth);
        match (left, right) {
            (Ok(left), Ok(right)) => Ok(left + right),
            (Err(_), Ok(right)) => leaf(right),
            (Ok(_), Err(error)) | (Err(_), Err(error)) => Err(error),
        }
    }

    fn branch(depth: u32) -> ShopResult<u32> {
        if depth == 0 {
            return leaf(depth);
        }
        let below = branch(depth - 1)?;
        Ok(below + leaf(depth)?)
    }

    fn leaf(n: u32) -> ShopResult<u32> {
        Ok(n)
    }

    pub(super) fn same_texts(n: u32) -> ShopResult<u32> {
        let first = always_fails(n);
        let second = always_fails(n + 1);
        if first.is_err() && n > 0 { second.or_else(|_| leaf(n)) } else { first }
    }

    fn always_fails(n: u32) -> ShopResult<u32> {
        leaf(n)?;
        Err(ShopError::Text("it always fails".to_owned()))
    }
}

/// Functions that only print.
mod printing {
    use super::*;

    struct List(Vec<u32>);

    impl fmt::Display for List {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for number in &self.0 {
                item(f, *number)?;
            }
            f.write_str(".")
        }
    }

    fn item(f: &mut fmt::Formatter<'_>, number: u32) -> fmt::Result {
        write!(f, "{number};")
    }

    pub(super) fn root() -> Result<String, fmt::Error> {
        let mut text = String::new();
        fmt::Write::write_fmt(&mut text, format_args!("{}", List(vec![1, 2])))?;
        Ok(text)
    }
}

/// Threads and panics.
mod threads {
    use super::*;

    pub(super) fn root(n: u32) -> AnyResult<u32> {
        let worker = std::thread::spawn(move || work(n));
        // The first call fails, so the calls have an order.
        let there = worker.join().map_err(|_| "the worker panicked")??;
        let sum = there + work(n)?;
        Ok(sum + scoped(n)?)
    }

    fn work(n: u32) -> AnyResult<u32> {
        let it = part(n)?;
        Ok(it)
    }

    fn part(n: u32) -> ShopResult<u32> {
        Ok(n)
    }

    fn scoped(n: u32) -> ShopResult<u32> {
        std::thread::scope(|scope| {
            let one = scope.spawn(|| part(n)).join().unwrap()?;
            let two = scope.spawn(|| part(n + 1));
            Ok(one + two.join().unwrap()?)
        })
    }

    pub(super) fn unwrapped(n: u32) -> u32 {
        checked(n).unwrap() + expected(n).expect("it is there")
    }

    fn checked(n: u32) -> ShopResult<u32> {
        part(n)
    }

    fn expected(n: u32) -> Result<u32, String> {
        Ok(n)
    }
}

/// Asynchronous functions, tasks and joins.
mod tasks {
    use super::*;

    pub(super) async fn root(n: u32) -> ShopResult<u32> {
        let first = awaited(n).await?;
        let second = tail(first).await?;
        let (left, right) = tokio::join!(awaited(1), pausing(2));
        let both = left? + right?;
        let spawned = tokio::spawn(pausing(3)).await.map_err(|error| error.to_string())??;
        let retried = match attempt(n).await {
            Ok(it) => it,
            Err(_) => attempt(n + 1).await?,
        };
        Ok(first + second + both + spawned + retried + in_block(n).await?)
    }

    async fn awaited(n: u32) -> ShopResult<u32> {
        let it = pausing(n).await?;
        let text = synchronous(it)?;
        Ok(text + 1)
    }

    async fn pausing(n: u32) -> Result<u32, String> {
        tokio::task::yield_now().await;
        answer(n).await
    }

    async fn answer(n: u32) -> Result<u32, String> {
        Ok(n)
    }

    fn synchronous(n: u32) -> Result<u32, String> {
        Ok(n)
    }

    async fn tail(n: u32) -> ShopResult<u32> {
        if n == 7777 {
            bail!("7777");
        }
        awaited(n).await
    }

    async fn attempt(n: u32) -> ShopResult<u32> {
        match tokio::time::timeout(std::time::Duration::from_secs(60), pausing(n)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(ShopError::Text("too late".to_owned())),
        }
    }

    async fn in_block(n: u32) -> ShopResult<u32> {
        let block = async {
            let it = synchronous(n)?;
            Ok::<_, ShopError>(it)
        };
        block.await
    }
}

/// All of it in one flow.
fn everything(n: u32) -> u32 {
    let mut sum = 0;
    let mut add = |result: ShopResult<u32>| sum += result.unwrap_or(0);
    add(question_marks::root(n));
    add(tails::root(n));
    add(wrapped::root(n));
    add(shapes::root(n));
    add(trees::root(3));
    add(trees::same_texts(n));
    add(Ok(swallowed::root(n)));
    add(threads::root(n).map_err(|error| ShopError::Text(error.to_string())));
    sum
}

fn main() {
    fault::case("question marks", || question_marks::root(2));
    fault::case("tails", || tails::root(2));
    fault::case("tails, further", || tails::root(200));
    fault::case("wrapped", || wrapped::root(2));
    fault::case("swallowed", || swallowed::root(2));
    fault::case("shapes", || shapes::root(2));
    fault::case("trees", || trees::root(3));
    fault::case("same texts", || trees::same_texts(1));
    fault::case("printing", printing::root);
    fault::case("threads", || threads::root(2).is_ok());
    fault::case("unwrapped", || threads::unwrapped(2));
    fault::case("everything", || everything(2));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    fault::case("tasks", || runtime.block_on(tasks::root(2)));
    let local = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    fault::case("tasks of one thread", || local.block_on(tasks::root(2)));
    fault::finish();
}
