//! Attributes inside containers override, cancel, and follow conditions.

#![deny(warnings)]

#[omegi::instrument_crate(ret, args = sampled)]
mod shop {
    use omegi::{traced, untraced};

    #[derive(Debug, Default)]
    pub struct Cart {
        items: Vec<String>,
    }

    #[traced(skip_all)]
    impl Cart {
        pub fn add(&mut self, item: &str) -> Result<usize, String> {
            self.items.push(item.to_owned());
            Ok(self.items.len())
        }

        #[traced(args(item), name = "remove")]
        pub fn remove(&mut self, item: &str) -> Option<String> {
            let at = self.items.iter().position(|present| present == item)?;
            Some(self.items.remove(at))
        }

        #[untraced]
        pub fn count(&self) -> usize {
            self.items.iter().count()
        }

        #[cfg_attr(not(any()), traced(err))]
        pub fn first(&self) -> Option<&String> {
            self.items.first()
        }

        #[cfg_attr(any(), untraced)]
        pub fn last(&self) -> Option<&String> {
            self.items.last()
        }
    }
}

fn main() {
    let mut cart = shop::Cart::default();
    assert_eq!(cart.add("book"), Ok(1));
    assert_eq!(cart.first(), cart.last());
    assert_eq!(cart.remove("book").as_deref(), Some("book"));
    assert_eq!(cart.count(), 0);
}
