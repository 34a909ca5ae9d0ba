//! State of one process, which a child that is forked off it does not share.
//!
//! A forked child has a copy of its parent's memory, and of its threads only the one that forked.
//! A lock that another thread held at that moment stays locked in the child for ever. So a child
//! leaves the state of its parent alone, and makes its own.

use std::sync::atomic::{AtomicU32, Ordering};

use once_cell::race::OnceBox;

/// The number of forks between the process that was started and this one.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Returns the number of forks between the process that was started and this one. A value that was
/// made in another generation belongs to a process from which this one was forked off.
#[inline]
pub(crate) fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Notes that this process was just forked off another one. A signal handler may call it.
pub(crate) fn begin_generation() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// A static with a value for each process: the first one has `first`, and a child a new one.
///
/// No thread waits for another to make a value. So no fork can interrupt that at a moment which
/// would make the child wait.
#[derive(Debug)]
pub(crate) struct PerProcess<T: 'static> {
    first: T,
    /// The values of this process and of those from which it was forked off, oldest first.
    later: OnceBox<Later<T>>,
}

#[derive(Debug)]
struct Later<T: 'static> {
    generation: u32,
    value: T,
    next: OnceBox<Self>,
}

impl<T: Default + Send + Sync> PerProcess<T> {
    /// Returns the static, with the value of the process that is started.
    pub(crate) const fn new(first: T) -> Self {
        Self { first, later: OnceBox::new() }
    }

    /// Returns the value of this process. Makes it if there is none.
    #[inline]
    pub(crate) fn get(&self) -> &T {
        match generation() {
            0 => &self.first,
            child => self.of_child(child),
        }
    }

    #[cold]
    fn of_child(&self, generation: u32) -> &T {
        let mut place = &self.later;
        loop {
            let later = place
                .get_or_init(|| Box::new(Later { generation, value: T::default(), next: OnceBox::new() }));
            if later.generation == generation {
                return &later.value;
            }
            place = &later.next;
        }
    }

    /// Returns the answer of `read` about the closest process from which this one was forked off,
    /// of those about which it has one. A signal handler may call it.
    pub(crate) fn inherited<'s, R>(&'s self, read: impl Fn(&'s T) -> Option<R>) -> Option<R> {
        let generation = generation();
        let older = |later: &&'s Later<T>| later.generation < generation;
        let mut inherited = if generation > 0 { read(&self.first) } else { None };
        let mut place = self.later.get().filter(older);
        while let Some(later) = place {
            inherited = read(&later.value).or(inherited);
            place = later.next.get().filter(older);
        }
        inherited
    }
}
