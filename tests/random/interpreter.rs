//! Runs a program: plain, and woven. Both are made of the same text.

use crate::expected::Log;
use crate::program::{End, Node};

/// Defines the interpreter, in a module of the given name, with `attribute` on every function of
/// the program.
macro_rules! interpreter {
    ($name:ident, $(#[$attribute:meta])?) => {
        pub(crate) mod $name {
            use std::future::Future;
            use std::sync::Arc;
            use std::task::{Context, Poll};

            use futures::StreamExt as _;
            use futures::future::{FutureExt as _, join_all};
            use futures::stream::FuturesUnordered;
            use tokio::runtime::Runtime;
            use tokio::task::{self, JoinSet};

            use super::{ended, panicked, Outcome};
            use crate::expected::Log;
            use crate::program::{Node, Step};

            /// Runs the program; returns its result, or that it panicked.
            pub(crate) fn run(root: &Arc<Node>, runtime: &Runtime, log: &Log) -> Option<Outcome> {
                let (root, log) = (Arc::clone(root), log.clone());
                // The program runs in a task, because tasks do not move to the blocking thread.
                runtime.block_on(async move { ::tokio::spawn(node(root, log)).await.ok() })
            }

            $(#[$attribute])?
            fn node_sync(node: Arc<Node>, log: Log) -> Outcome {
                log.begins("node_sync", node.id);
                let mut sum = u64::from(node.id);
                for step in &node.steps {
                    sum += match step {
                        Step::Thread(inner) => {
                            let (inner, log) = (Arc::clone(inner), log.clone());
                            let handle = std::thread::spawn(move || node_sync(inner, log));
                            handle.join().map_err(|_| panicked())??
                        }
                        Step::CallSync(inner) => node_sync(Arc::clone(inner), log.clone())?,
                        step => unreachable!("not synchronous: {step:?}"),
                    };
                }
                ended("node_sync", &node, sum, &log)
            }

            $(#[$attribute])?
            async fn node(node: Arc<Node>, log: Log) -> Outcome {
                log.begins("node", node.id);
                let mut sum = u64::from(node.id);
                for step in &node.steps {
                    sum += step_of(step, &log).await?;
                }
                ended("node", &node, sum, &log)
            }

            // This is no function of the program: it makes no span, and awaits as any library does.
            async fn step_of(step: &Step, log: &Log) -> Outcome {
                let call = |inner: &Arc<Node>| boxed(Arc::clone(inner), log.clone());
                match step {
                    Step::Yield => task::yield_now().await,
                    Step::Call(inner) => return call(inner).await,
                    Step::Try(inner) => return Ok(call(inner).await.unwrap_or(1)),
                    Step::CallSync(inner) => return node_sync(Arc::clone(inner), log.clone()),
                    Step::Join(all) => {
                        let sums = join_all(all.iter().map(call)).await;
                        return sums.into_iter().sum();
                    }
                    Step::Unordered(all) => {
                        let calls: FuturesUnordered<_> = all.iter().map(call).collect();
                        let sums: Vec<_> = calls.collect().await;
                        return Ok(sums.into_iter().flatten().sum());
                    }
                    Step::Select(inner) => {
                        return tokio::select! {
                            sum = call(inner) => sum,
                            () = forever() => Ok(0),
                        };
                    }
                    Step::Spawn(theirs, own) => {
                        return spawn(Arc::clone(theirs), Arc::clone(own), log.clone()).await;
                    }
                    Step::Set(all) => return set(all.clone(), log.clone()).await,
                    Step::Thread(inner) => {
                        let (inner, log) = (Arc::clone(inner), log.clone());
                        return on_thread(inner, log);
                    }
                    Step::Blocking(inner) => return blocking(Arc::clone(inner), log.clone()).await,
                    Step::Drop(inner) => {
                        let mut inner = call(inner);
                        let poll_once = |context: &mut Context<'_>| Poll::Ready(inner.poll_unpin(context));
                        let polled = std::future::poll_fn(poll_once).await;
                        if let Poll::Ready(sum) = polled {
                            return sum;
                        }
                    }
                }
                Ok(0)
            }

            fn boxed(inner: Arc<Node>, log: Log) -> std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>> {
                Box::pin(node(inner, log))
            }

            async fn forever() {
                std::future::pending().await
            }

            // These start work, so they are functions of the program.

            $(#[$attribute])?
            async fn spawn(theirs: Arc<Node>, own: Arc<Node>, log: Log) -> Outcome {
                log.begins("spawn", theirs.id);
                let handle = tokio::spawn(boxed(theirs, log.clone()));
                let own = boxed(own, log).await;
                let theirs = handle.await.map_err(|_| panicked())?;
                Ok(own? + theirs?)
            }

            $(#[$attribute])?
            async fn set(all: Vec<Arc<Node>>, log: Log) -> Outcome {
                log.begins("set", all[0].id);
                let mut set = JoinSet::new();
                for inner in all {
                    set.spawn(boxed(inner, log.clone()));
                }
                let mut sum = 0;
                while let Some(ended) = set.join_next().await {
                    sum += ended.map_err(|_| panicked()).and_then(|outcome| outcome).unwrap_or(1);
                }
                Ok(sum)
            }

            $(#[$attribute])?
            fn on_thread(inner: Arc<Node>, log: Log) -> Outcome {
                log.begins("on_thread", inner.id);
                let handle = std::thread::spawn(move || node_sync(inner, log));
                handle.join().map_err(|_| panicked())?
            }

            $(#[$attribute])?
            async fn blocking(inner: Arc<Node>, log: Log) -> Outcome {
                log.begins("blocking", inner.id);
                let handle = task::spawn_blocking(move || node_sync(inner, log));
                handle.await.map_err(|_| panicked())?
            }
        }
    };
}

/// The result of a function of a program: a sum, or the number of the failed function.
pub(crate) type Outcome = Result<u64, String>;

pub(crate) fn panicked() -> String {
    "a branch panicked".to_owned()
}

/// Ends a function as its node says.
pub(crate) fn ended(name: &'static str, node: &Node, sum: u64, log: &Log) -> Outcome {
    log.ends(name, node.id);
    match node.end {
        End::Return => Ok(sum),
        End::Error => Err(format!("error of {}", node.id)),
        End::Panic => panic!("planned: panic of {}", node.id),
    }
}

interpreter!(plain,);
interpreter!(traced, #[omegi::traced]);
