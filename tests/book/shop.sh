# Makes the project `shop` of the pages about exporters and backends in the current folder, and
# defines the checks of their settings. A page's hidden setup sources it.

mkdir -p src
cat >Cargo.toml <<'EOF'
[package]
name = "shop"
version = "0.1.0"
edition = "2024"

[dependencies]
omegi = { version = "0.1", features = ["enable", "otlp"] }
EOF
cat >src/main.rs <<'EOF'
#[omegi::instrument_crate]
mod orders {
    pub fn place(item: u32) -> Result<u32, String> {
        let cents = price(item)?;
        Ok(cents * 119 / 100)
    }

    fn price(item: u32) -> Result<u32, String> {
        let known = [100, 250, 999];
        known.get(item as usize).copied().ok_or_else(|| format!("no price for item {item}"))
    }
}

fn main() {
    let _omegi = omegi::init();
    for item in [0, 1, 7] {
        let _ = orders::place(item);
    }
}
EOF

# Starts a server that writes the path and the headers of each request to requests.txt, and sends
# the flows of the page's programs there: only scheme, host and port of the endpoint change.
catch_requests() {
    : >port.txt
    python3 "$CHECKOUT/tests/book/requests.py" requests.txt port.txt &
    await_line port.txt "[0-9]+"
    local here="http://127.0.0.1:$(<port.txt)"
    OTEL_EXPORTER_OTLP_ENDPOINT=$(sed -E "s#^https?://[^/]+#$here#" <<<"$OTEL_EXPORTER_OTLP_ENDPOINT")
}

# Waits until a line of the file matches the extended regular expression as a whole.
await_line() {
    local wait
    for wait in $(seq 300); do
        ! grep -qxE "$2" "$1" || return 0
        sleep 0.1
    done
    echo "no line of $1 is $2:"
    cat "$1"
    return 1
}
