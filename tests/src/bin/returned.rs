//! A program whose functions return options, for the tests under `process/`.

#[omegi::instrument_crate]
mod shop {
    pub(crate) struct Opaque;

    pub(crate) fn run() {
        for number in [0, 1, 2, 9] {
            println!("{:?}", price(number));
            println!("{:?}", tail(&[1, 2], number));
            println!("{}", opaque(number).is_some());
            println!("{:?}", borrowed(&["a", "b"], number).map(str::len));
        }
        println!("{:?}", super::wait(waited(0)));
        println!("{:?}", super::wait(waited(1)));
    }

    fn price(number: u32) -> Option<u32> {
        let found = number.checked_sub(1)?; // its line
        if found == 0 {
            return None;
        }
        match found {
            1 => Some(found),
            _ => None,
        }
    }

    fn tail(list: &[u32], number: u32) -> Option<u32> {
        list.iter().copied().find(|it| *it == number)
    }

    #[omegi::traced(ret)]
    fn opaque(number: u32) -> Option<Opaque> {
        (number > 0).then_some(Opaque)
    }

    fn borrowed<'a>(list: &[&'a str], number: u32) -> Option<&'a str> {
        list.get(usize::try_from(number).ok()?).copied()
    }

    async fn waited(number: u32) -> Option<u32> {
        std::future::ready(()).await;
        let found = number.checked_sub(1)?;
        std::future::ready(()).await;
        found.checked_sub(1)
    }
}

/// Waits for a future that is soon ready.
fn wait<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    loop {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

fn main() {
    let _guard = omegi::init();
    shop::run();
}
