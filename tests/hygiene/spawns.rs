//! Calls named `spawn`: of the program's own, and of std with arguments that borrow.
#![warn(unused_results)]
#![warn(clippy::all, clippy::pedantic)]

extern crate omegi;

/// Spawns nothing: it keeps its argument.
mod other {
    pub(crate) mod task {
        #[derive(Debug)]
        pub(crate) struct Spawn<T>(pub(crate) T);

        impl<T: std::future::Future> Spawn<T> {
            pub(crate) fn into_inner(self) -> T {
                self.0
            }
        }

        pub(crate) fn spawn<T>(value: T) -> Spawn<T> {
            Spawn(value)
        }

        pub(crate) fn spawn_blocking<T>(value: T) -> Spawn<T> {
            Spawn(value)
        }
    }

    pub(crate) mod thread {
        /// Calls its argument twice.
        pub(crate) fn spawn(work: impl Fn() -> usize) -> usize {
            work() + work()
        }

        pub(crate) fn scope<T>(value: T) -> T {
            value
        }
    }

    pub(crate) mod runtime {
        pub(crate) struct Builder;

        impl Builder {
            pub(crate) fn new() -> Self {
                Builder
            }

            #[allow(clippy::unused_self)]
            pub(crate) fn spawn(&self, work: impl Fn() -> usize) -> usize {
                work() + work()
            }
        }
    }
}

/// The names `spawn` of another library.
#[omegi::instrument_crate]
mod foreign {
    use super::other::runtime::Builder;
    use super::other::{task, thread};
    use std::future::{ready, Future, Ready};

    pub(crate) fn values() -> usize {
        let text = String::from("x");
        let kept = task::spawn(text.clone());
        let borrowed = task::spawn(&text);
        kept.0.len() + borrowed.0.len() + task::spawn_blocking(text.as_str()).0.len()
    }

    pub(crate) fn a_future_keeps_its_type() -> task::Spawn<Ready<u8>> {
        task::spawn(ready(1))
    }

    pub(crate) fn a_future_is_given_back() -> impl Future<Output = u8> {
        task::spawn(async { 1 }).into_inner()
    }

    pub(crate) fn called_twice() -> usize {
        let text = String::from("abc");
        thread::spawn(|| text.len()) + thread::scope(1)
    }

    pub(crate) fn called_twice_by_a_method() -> usize {
        let text = String::from("abc");
        Builder::new().spawn(|| text.len())
    }

    pub(crate) fn by_local_names() -> usize {
        use super::other::task as tokio;
        tokio::spawn(String::from("abc")).0.len()
    }
}

/// The borrow of an argument ends as early as in the plain program.
#[omegi::instrument_crate]
mod borrows {
    use super::other::task;

    use std::future::Future;
    use std::sync::Mutex;
    use std::thread;

    /// A future without a destructor.
    pub(crate) struct Reads<'a>(&'a u8);

    impl Future for Reads<'_> {
        type Output = u8;

        fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<u8> {
            std::task::Poll::Ready(*self.0)
        }
    }

    /// Keeps the work that it gets.
    pub(crate) struct Pool;

    impl Pool {
        #[allow(clippy::unused_self)]
        pub(crate) fn spawn<F: Future>(&self, work: F) -> Kept<F> {
            Kept(work)
        }
    }

    pub(crate) struct Kept<F>(#[allow(dead_code)] F);

    pub(crate) fn before_the_end_of_the_scope() -> u8 {
        let mut number = 1;
        let kept = task::spawn(Reads(&number));
        let found = *kept.0 .0;
        number += found;
        number
    }

    pub(crate) fn of_a_block() -> u8 {
        let mut number = 1;
        let kept = Pool.spawn(async { number });
        let size = std::mem::size_of_val(&kept);
        number += u8::from(size > 0);
        number
    }

    pub(crate) fn in_a_scope_of_threads() -> usize {
        let mut words = vec![String::from("a")];
        let text = String::from("bc");
        let found = thread::scope(|scope| {
            let first = scope.spawn(|| words.push(text.clone()));
            let second = scope.spawn(|| text.len());
            first.join().unwrap();
            second.join().unwrap()
        });
        words.push(text);
        words.len() + found
    }

    pub(crate) fn in_a_tail() -> usize {
        let lock = Mutex::new(vec![1, 2]);
        thread::scope(|scope| scope.spawn(|| lock.lock().unwrap().len()).join().unwrap())
    }

    pub(crate) fn of_temporaries() -> usize {
        let lock = Mutex::new(String::from("abc"));
        let length = task::spawn(lock.lock().unwrap().as_str()).0.len();
        length + thread::spawn(doubled(&String::from("abc"))).join().unwrap()
    }

    fn doubled(text: &str) -> Box<dyn FnOnce() -> usize + Send> {
        let length = text.len();
        Box::new(move || length * 2)
    }
}

fn main() {
    println!("{}", foreign::values());
    println!("{:?}", foreign::a_future_keeps_its_type());
    println!("{}", std::mem::size_of_val(&foreign::a_future_is_given_back()));
    println!("{} {}", foreign::called_twice(), foreign::called_twice_by_a_method());
    println!("{}", foreign::by_local_names());
    println!("{} {}", borrows::before_the_end_of_the_scope(), borrows::of_a_block());
    println!("{} {}", borrows::in_a_scope_of_threads(), borrows::in_a_tail());
    println!("{}", borrows::of_temporaries());
}
