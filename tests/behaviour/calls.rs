//! The spans of calls, their parents and their names.

use omegi_tests::{flows_of, outline_of};

#[omegi::instrument_crate]
mod shop {
    pub(crate) mod orders {
        use super::cart::Cart;

        pub(crate) fn place(items: &[u32]) -> u32 {
            let mut cart = Cart::<u32>::new();
            for item in items {
                cart.add(*item);
            }
            total(&cart)
        }

        fn total(cart: &Cart<u32>) -> u32 {
            fn rounded(value: u32) -> u32 {
                value.next_multiple_of(10)
            }
            rounded(cart.items.iter().sum())
        }
    }

    pub(crate) mod cart {
        pub(crate) struct Cart<T> {
            pub(crate) items: Vec<T>,
        }

        impl<T> Cart<T> {
            pub(crate) fn new() -> Self {
                Self { items: Vec::new() }
            }

            pub(crate) fn add(&mut self, item: T) {
                self.items.push(item);
            }
        }
    }

    pub(crate) trait Priced {
        fn price(&self) -> u32;

        fn taxed(&self) -> u32 {
            self.price().midpoint(100)
        }
    }

    impl Priced for u32 {
        fn price(&self) -> u32 {
            self.pow(2)
        }
    }

    impl Priced for Vec<u32> {
        fn price(&self) -> u32 {
            self.iter().map(Priced::taxed).sum()
        }
    }

    #[omegi::untraced]
    pub(crate) fn silent() -> u32 {
        2_u32.pow(2)
    }

    #[omegi::traced(name = "the shop opens", kind = "server")]
    pub(crate) fn open() -> u32 {
        silent() + inner()
    }

    #[omegi::traced]
    fn inner() -> u32 {
        1
    }
}

#[test]
fn calls_become_a_tree() {
    let outline = outline_of(|| assert_eq!(shop::orders::place(&[3, 4]), 10));
    assert_eq!(
        outline,
        "\
calls::shop::orders::place
  calls::shop::cart::Cart::new
  calls::shop::cart::Cart::add
  calls::shop::cart::Cart::add
  calls::shop::orders::total
    calls::shop::orders::total::rounded
"
    );
}

#[test]
fn methods_of_traits_are_named_after_their_type() {
    let outline = outline_of(|| {
        use shop::Priced as _;
        assert_eq!(vec![3_u32].price(), 54);
    });
    assert_eq!(
        outline,
        "\
calls::shop::Vec::price
  calls::shop::Priced::taxed
    calls::shop::u32::price
"
    );
}

#[test]
fn options_rename_silence_and_insist() {
    let outline = outline_of(|| assert_eq!(shop::open(), 5));
    assert_eq!(outline, "the shop opens [server]\n  calls::shop::inner\n");
}

#[test]
fn every_call_outside_of_a_call_is_a_flow() {
    let flows = flows_of(|| {
        shop::orders::place(&[]);
        shop::open();
    });
    let roots: Vec<_> = flows.iter().map(|flow| flow.root().unwrap().name.clone()).collect();
    assert_eq!(roots, ["calls::shop::orders::place", "the shop opens"]);
    assert_ne!(flows[0].trace_id, flows[1].trace_id);
}

#[test]
fn a_span_has_its_place_and_its_time() {
    let flows = flows_of(|| {
        shop::orders::place(&[1]);
    });
    let spans = &flows[0].spans;
    let root = &spans[0];
    assert_eq!(
        root.attribute("code.function.name").unwrap().to_string(),
        "behaviour::calls::shop::orders::place"
    );
    assert_eq!(root.attribute("code.file.path").unwrap().to_string(), "tests/behaviour/calls.rs");
    assert_eq!(root.attribute("code.line.number").unwrap().to_string(), "10");
    assert!(root.attribute("thread.id").is_some());
    assert!(root.attribute("error.type").is_none());
    for span in spans {
        assert!(root.start_ns <= span.start_ns && span.start_ns <= span.end_ns && span.end_ns <= root.end_ns);
        assert!(span.span_id.is_some());
    }
    let mut order: Vec<_> = spans.iter().map(|span| span.end_order).collect();
    assert_eq!(root.end_order as usize, spans.len() - 1);
    order.sort_unstable();
    assert_eq!(order, [0, 1, 2, 3, 4]);
}

mod lone {
    pub(super) struct Meter<T>(pub(super) T);

    impl<T: Into<u64> + Copy> Meter<T> {
        #[omegi::traced]
        pub(super) fn read(&self) -> u64 {
            Self::scale(self.0.into())
        }

        #[omegi::traced]
        fn scale(value: u64) -> u64 {
            value * 2
        }
    }

    impl<T> Iterator for Meter<T> {
        type Item = u8;

        #[omegi::traced]
        fn next(&mut self) -> Option<u8> {
            None
        }
    }
}

#[test]
fn a_lone_attribute_finds_the_type_around_its_method() {
    let outline = outline_of(|| {
        let mut meter = lone::Meter(3_u8);
        assert_eq!(meter.read(), 6);
        assert_eq!(meter.next(), None);
    });
    assert_eq!(
        outline,
        "\
calls::lone::Meter::read
  calls::lone::Meter::scale
calls::lone::Meter::next
"
    );
}
