//! Whole programs whose backend is in trouble, over real connections: each flow that failed arrives
//! once, memory stays bounded, and the program's own calls take no longer than beside a backend
//! that is well.

mod arrivals;
mod backend;
mod door;
#[cfg(unix)]
mod ends;
mod folder;
mod for_good;
mod outage;
mod over_grpc;
mod over_http;
mod passing;
mod program;
mod rests;
mod tls;

use std::time::Duration;

/// For how long a receiver that is in trouble is: longer than the program makes flows.
const TROUBLE: Duration = Duration::from_secs(1);
