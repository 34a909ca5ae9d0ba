//! The count of an asynchronous call: its time is that of its polls.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::recording::polling::PollContext;

use crate::recording::profiling::call::{Frame, enter, leave};
use crate::recording::profiling::site::ProfiledSite;

/// An open asynchronous call: a variable of its coroutine.
#[derive(Debug)]
#[must_use = "the call ends when this is dropped"]
pub struct ProfiledTask {
    site: &'static ProfiledSite,
    frame: Frame,
    state: PollState,
    begin: fn(),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PollState {
    /// Its code runs.
    Active,
    /// It is about to return pending.
    Leaving,
    /// It waits.
    Waiting,
}

impl ProfiledTask {
    /// Begins a call, in its first poll. `begin` is called at the first one of a thread.
    #[inline]
    pub(crate) fn begin(site: &'static ProfiledSite, begin: fn()) -> Self {
        Self { site, frame: enter(site, false, begin), state: PollState::Active, begin }
    }

    /// Suspends the call: time until the end of an await of the returned future does not count.
    #[inline]
    pub fn suspend(&mut self) -> SuspendedCall<'_> {
        leave(self.site, self.frame);
        self.state = PollState::Leaving;
        SuspendedCall { call: self }
    }
}

impl Drop for ProfiledTask {
    #[inline]
    fn drop(&mut self) {
        if self.state == PollState::Active {
            leave(self.site, self.frame);
        }
    }
}

/// The future of [`ProfiledTask::suspend`]: pending once.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct SuspendedCall<'a> {
    call: &'a mut ProfiledTask,
}

impl Future for SuspendedCall<'_> {
    type Output = PollContext;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<PollContext> {
        let call = &mut *self.call;
        if call.state == PollState::Leaving {
            call.state = PollState::Waiting;
            return Poll::Pending;
        }
        call.frame = enter(call.site, true, call.begin);
        call.state = PollState::Active;
        Poll::Ready(PollContext::new(context))
    }
}
