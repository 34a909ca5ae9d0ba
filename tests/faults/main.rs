//! Whole programs whose backend is in trouble, over real connections. Each failed flow arrives
//! once, memory stays bounded, and the program's own calls take no longer than with a healthy
//! backend.

mod arrivals;
mod backend;
mod door;
#[cfg(unix)]
mod ends;
mod folder;
mod for_good;
#[cfg(unix)]
mod killed;
mod outage;
mod over_grpc;
mod over_http;
mod passing;
mod program;
mod proxy;
mod rests;
mod tls;

use std::time::Duration;

/// The duration of a receiver's trouble: longer than the program makes flows, and than an attempt
/// of a hurried program takes.
const TROUBLE: Duration = Duration::from_secs(3);
