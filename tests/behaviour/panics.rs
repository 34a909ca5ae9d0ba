//! Panics are errors, and unwind as they would without omegi.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use omegi_tests::{error_paths, flows_of, outline_of};

#[omegi::instrument_crate]
mod shop {
    pub(crate) fn place(item: u32) -> u32 {
        find(item)
    }

    pub(crate) fn find(item: u32) -> u32 {
        assert!(item < 10, "no item {item}");
        item
    }

    pub(crate) fn survive(item: u32) -> Result<u32, String> {
        std::panic::catch_unwind(|| place(item)).map_err(|_| "it panicked".to_owned())
    }

    pub(crate) struct Cleanup;

    impl Drop for Cleanup {
        #[omegi::traced]
        fn drop(&mut self) {
            tidy();
        }
    }

    fn tidy() -> u32 {
        find(1)
    }

    pub(crate) fn cleaned(item: u32) -> u32 {
        let _cleanup = Cleanup;
        place(item)
    }

    #[omegi::traced]
    pub(crate) fn other() -> u32 {
        super::resume_unwind(Box::new("another".to_owned()))
    }

    pub(crate) fn resumed() -> u32 {
        let payload = std::panic::catch_unwind(|| place(12)).unwrap_err();
        place(1);
        super::resume_unwind(payload)
    }
}

/// Returns the message of `program`'s panic.
fn panic_of(program: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(program)).expect_err("it panics");
    payload.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_panic_is_an_error_of_every_span_that_it_unwinds() {
    let flows = flows_of(|| assert_eq!(panic_of(|| _ = shop::place(12)), "no item 12"));
    assert_eq!(
        flows[0].outline(),
        "panics::shop::place ! panic: no item 12\n  panics::shop::find ! panic: no item 12 (origin)\n"
    );
    assert_eq!(error_paths(&flows), [[("find".to_owned(), Some(14)), ("place".to_owned(), None)]]);
}

#[test]
fn a_caught_panic_ends_where_it_is_caught() {
    let outline = outline_of(|| assert_eq!(shop::survive(12), Err("it panicked".to_owned())));
    assert_eq!(
        outline,
        "\
panics::shop::survive ! alloc::string::String: it panicked
  panics::shop::place ! panic: no item 12
    panics::shop::find ! panic: no item 12 (origin)
"
    );
}

#[test]
fn destructors_that_run_while_unwinding_have_not_panicked() {
    let outline = outline_of(|| assert_eq!(panic_of(|| _ = shop::cleaned(12)), "no item 12"));
    assert_eq!(
        outline,
        "\
panics::shop::cleaned ! panic: no item 12
  panics::shop::place ! panic: no item 12
    panics::shop::find ! panic: no item 12 (origin)
  panics::shop::Cleanup::drop
    panics::shop::tidy
      panics::shop::find
"
    );
}

#[test]
fn a_resumed_panic_is_still_that_panic() {
    let outline = outline_of(|| assert_eq!(panic_of(|| _ = shop::resumed()), "no item 12"));
    assert_eq!(
        outline,
        "\
panics::shop::resumed ! panic: no item 12
  panics::shop::place ! panic: no item 12
    panics::shop::find ! panic: no item 12 (origin)
  panics::shop::place
    panics::shop::find
"
    );
}

#[test]
fn a_panic_that_no_hook_heard_of_does_not_borrow_anothers_words() {
    let outline = outline_of(|| {
        assert_eq!(panic_of(|| _ = shop::place(12)), "no item 12");
        assert_eq!(panic_of(|| _ = shop::other()), "another");
    });
    assert!(outline.ends_with(
        "panics::shop::other ! panic: its message is not known: it was resumed, or the program has taken \
         the panic hook away (origin)\n"
    ));
}
