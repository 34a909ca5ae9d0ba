//! The layer beside other layers, and behind filters.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::level_filters::LevelFilter;
use tracing::subscriber::with_default;
use tracing::{debug, debug_span, info, info_span};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::{EnvFilter, fmt, registry};

use crate::shop::{call, leaf};

/// Stores the written text.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn program() {
    call(|| {
        info_span!("order", id = 7).in_scope(|| {
            info!("placed");
            debug_span!("detail").in_scope(|| {
                debug!("noise");
                leaf();
            });
        });
    });
}

const FILTERED: &str = "\
shop::call
  order(id=7)
    * placed(omegi.level=INFO, omegi.target=tracing::composed)
    shop::leaf
";

#[test]
fn a_filter_for_all_layers_selects_the_recorded_spans() {
    let outline = omegi_tests::outline_of(|| {
        let subscriber = registry().with(EnvFilter::new("info")).with(omegi::tracing_layer());
        with_default(subscriber, program);
    });
    assert_eq!(outline, FILTERED);
}

#[test]
fn a_filter_of_its_own_does_too() {
    let outline = omegi_tests::outline_of(|| {
        let quiet = omegi::tracing_layer().with_filter(LevelFilter::INFO);
        let all = fmt::layer().with_writer(io::sink).with_filter(LevelFilter::TRACE);
        with_default(registry().with(all).with(quiet), program);
    });
    assert_eq!(outline, FILTERED);
}

#[test]
fn other_layers_write_the_same() {
    let written = |with_omegi: bool| {
        let to = Written::default();
        let make = {
            let to = to.clone();
            move || to.clone()
        };
        omegi_tests::flows_of(move || {
            let lines = fmt::layer().with_ansi(false).without_time().with_writer(make);
            let omegi = with_omegi.then(omegi::tracing_layer);
            with_default(registry().with(EnvFilter::new("debug")).with(omegi).with(lines), program);
        });
        String::from_utf8(to.0.lock().unwrap().clone()).unwrap()
    };
    assert_eq!(written(true), written(false));
    assert!(written(true).contains("order{id=7}: tracing::composed: placed"), "{}", written(true));
}
