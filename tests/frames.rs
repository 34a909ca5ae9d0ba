//! The stack that a level of a recursion takes, woven and plain, without optimisation.

/// Functions that call themselves, and note the address of a local at each level.
macro_rules! recursions {
    ($(#[$attribute:meta])* $module:ident) => {
        $(#[$attribute])*
        mod $module {
            pub(crate) fn unit(depth: usize, found: &mut Vec<usize>) {
                note(&depth, found);
                if depth > 0 {
                    unit(depth - 1, found);
                }
            }

            pub(crate) fn number(depth: usize, found: &mut Vec<usize>) -> u64 {
                note(&depth, found);
                if depth > 0 { number(depth - 1, found) + 1 } else { 0 }
            }

            pub(crate) fn tail(depth: usize, found: &mut Vec<usize>) -> Result<u64, String> {
                note(&depth, found);
                if depth > 0 { tail(depth - 1, found) } else { Ok(0) }
            }

            pub(crate) fn result(depth: usize, found: &mut Vec<usize>) -> Result<u64, String> {
                note(&depth, found);
                if depth > 0 { Ok(result(depth - 1, found)? + 1) } else { Ok(0) }
            }

            pub(crate) fn large(depth: usize, found: &mut Vec<usize>) -> Result<[u64; 8], String> {
                note(&depth, found);
                if depth > 0 { Ok(large(depth - 1, found)?) } else { Ok([0; 8]) }
            }

            pub(crate) fn steps(depth: usize, found: &mut Vec<usize>) -> Result<u64, String> {
                note(&depth, found);
                let one = result(0, &mut Vec::new())?;
                let two = result(0, &mut Vec::new())?;
                let three = result(0, &mut Vec::new())?;
                let rest = if depth > 0 { steps(depth - 1, found)? } else { 0 };
                Ok(one + two + three + rest)
            }

            pub(crate) fn future(depth: usize, found: &mut Vec<usize>) -> Result<u64, String> {
                futures::executor::block_on(poll(depth, found))
            }

            async fn poll(depth: usize, found: &mut Vec<usize>) -> Result<u64, String> {
                let here = 0;
                note(&here, found);
                at_this_level(found);
                if depth > 0 { Ok(Box::pin(poll(depth - 1, found)).await? + 1) } else { Ok(0) }
            }

            #[inline(never)]
            fn at_this_level(found: &mut Vec<usize>) {
                let here = 0;
                found.pop();
                found.push(std::ptr::from_ref(&here).addr());
            }

            #[inline(never)]
            fn note(depth: &usize, found: &mut Vec<usize>) {
                found.push(std::ptr::from_ref(depth).addr());
            }
        }
    };
}

recursions!(plain);
recursions!(
    #[omegi::instrument_crate]
    woven
);
recursions!(
    #[omegi::instrument_crate(args = off, ret = off)]
    without_captures
);

/// Returns the most bytes between two levels.
fn level(run: impl FnOnce(usize, &mut Vec<usize>)) -> usize {
    let mut found = Vec::new();
    run(5, &mut found);
    found.windows(2).map(|two| two[0].abs_diff(two[1])).max().expect("six levels")
}

#[test]
fn a_level_of_a_woven_recursion_takes_little_more_stack() {
    // A function, the bytes that a level of it may take more, and with captures of its arguments.
    // Full debug information takes the most: it gives each variable a place of its own.
    macro_rules! hold {
        ($($function:ident $more:literal $with_captures:literal,)*) => {$(
            let plain = level(|depth, found| _ = plain::$function(depth, found));
            let without_captures = level(|depth, found| _ = without_captures::$function(depth, found));
            let woven = level(|depth, found| _ = woven::$function(depth, found));
            let name = stringify!($function);
            println!("{name}: {plain} bytes plain, {without_captures} without captures, {woven} with them");
            assert!(without_captures <= plain + $more, "{name}: {without_captures} bytes, {plain} plain");
            assert!(woven <= plain + $with_captures, "{name}: {woven} bytes, {plain} plain");
        )*};
    }
    hold! {
        unit 48 48,
        number 48 64,
        tail 112 144,
        result 160 176,
        large 256 272,
        steps 240 256,
        future 560 560,
    }
}
