//! Sends a shop's parcels: hundreds of deliveries under way at once, on a few threads.
//!
//! ```text
//! cargo run --example async_quickstart                    the program as it is written
//! cargo run --example async_quickstart --features enable  the same, and every function has a span
//! ```
//!
//! Each delivery is a task, and [`delivery::deliver`] is the root of its flow. A flow is one tree,
//! on whatever threads its parts run and whatever other flows run between them. Deliveries fail
//! here by an error, by a time limit, and by a panic. The program asks both carriers at the same
//! time, and retries one of them now and then.
//!
//! The modules are written inline, so one `#[omegi::instrument_crate]` is enough for each.

use std::{collections::BTreeMap, error::Error, fmt, sync::Arc};

use delivery::{Delivery, DeliveryError, Shipment, Shop};
use tokio::task::{JoinError, JoinSet};

/// The greatest number of deliveries at once.
const AT_ONCE: usize = 32;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let report = {
        // One in 100 flows that went well is enough to read; OMEGI_FLOW_RATE overrides it. The
        // guard is dropped at the end of this block, so the flows are printed before the report.
        let _omegi = omegi::builder().service_name("deliveries").flow_rate(100).init();
        send_all().await?
    };
    print!("{report}");
    Ok(())
}

/// Sends every delivery of the file; counts one that fails, and goes on.
async fn send_all() -> Result<Report, csv::Error> {
    let shop = Arc::new(Shop::new(table::read("products.csv")?));
    let mut report = Report::default();
    let mut tasks = JoinSet::new();
    for delivery in table::read::<Delivery>("deliveries.csv")? {
        if tasks.len() == AT_ONCE
            && let Some(ended) = tasks.join_next().await
        {
            report.count(ended);
        }
        tasks.spawn(delivery::deliver(Arc::clone(&shop), delivery));
    }
    while let Some(ended) = tasks.join_next().await {
        report.count(ended);
    }
    Ok(report)
}

/// The results of the deliveries.
#[derive(Default)]
struct Report {
    sent: u32,
    parcels: u32,
    cents: u64,
    failed: BTreeMap<String, u32>,
}

impl Report {
    fn count(&mut self, ended: Result<Result<Shipment, DeliveryError>, JoinError>) {
        match ended {
            Ok(Ok(shipment)) => {
                self.sent += 1;
                self.parcels += shipment.parcels;
                self.cents += shipment.cents;
            }
            Ok(Err(error)) => self.fail(error.reason()),
            Err(_) => self.fail("panicked".into()),
        }
    }

    fn fail(&mut self, reason: String) {
        *self.failed.entry(reason).or_default() += 1;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, parcels, cents, failed } = self;
        let (euros, cents) = (cents / 100, cents % 100);
        writeln!(f, "sent   {sent:>4} deliveries in {parcels} parcels for {euros}.{cents:02} EUR")?;
        writeln!(f, "failed {:>4} deliveries", failed.values().sum::<u32>())?;
        failed.iter().try_for_each(|(reason, deliveries)| writeln!(f, "  {deliveries:>2}  {reason}"))
    }
}

/// The CSV files under `examples/data/`.
#[omegi::instrument_crate]
mod table {
    use std::path::PathBuf;

    use csv::{Error, Reader};
    use serde::de::DeserializeOwned;

    /// A whole file, one `T` for each line.
    #[omegi::traced(args)]
    pub(crate) fn read<T: DeserializeOwned>(name: &str) -> Result<Vec<T>, Error> {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "examples", "data", name].iter().collect();
        Reader::from_path(path)?.deserialize().collect()
    }
}

/// One delivery from the order to the carrier.
#[omegi::instrument_crate]
mod delivery {
    use std::{collections::HashMap, error::Error, num::ParseIntError, sync::Arc};

    use serde::Deserialize;

    use crate::{
        carrier::{self, CarrierError, Courier, Parcels, Post, Quote},
        warehouse::{Shortage, Warehouse},
    };

    /// One line of `deliveries.csv`.
    #[derive(Debug, Deserialize)]
    pub(crate) struct Delivery {
        id: u32,
        sku: String,
        quantity: String,
        country: String,
    }

    /// One line of `products.csv`.
    #[derive(Debug, Deserialize)]
    pub(crate) struct Product {
        sku: String,
        pack_size: u32,
        grams: u32,
        stock: u32,
    }

    /// A delivery that is on its way.
    pub(crate) struct Shipment {
        pub(crate) parcels: u32,
        pub(crate) cents: u64,
    }

    /// The reason why a delivery failed before it left.
    #[derive(Debug, thiserror::Error)]
    pub(crate) enum DeliveryError {
        #[error("quantity {text:?}")]
        Quantity { text: String, source: ParseIntError },
        #[error("no product {0:?}")]
        UnknownProduct(String),
        #[error("not in the warehouse")]
        Shortage(#[from] Shortage),
        #[error("no carrier")]
        Carrier(#[from] CarrierError),
    }

    impl DeliveryError {
        /// Returns the error and its sources in one line.
        #[omegi::untraced]
        pub(crate) fn reason(&self) -> String {
            match self.source() {
                Some(source) => format!("{self}: {source}"),
                None => self.to_string(),
            }
        }
    }

    /// The state that all deliveries share.
    pub(crate) struct Shop {
        products: HashMap<String, Product>,
        warehouse: Warehouse,
    }

    impl Shop {
        /// A shop whose warehouse is full.
        pub(crate) fn new(products: Vec<Product>) -> Self {
            let stock = products.iter().map(|product| (product.sku.clone(), product.stock));
            let warehouse = Warehouse::new(stock);
            let products = products.into_iter().map(|product| (product.sku.clone(), product)).collect();
            Self { products, warehouse }
        }

        #[omegi::traced(args)]
        fn product(&self, sku: &str) -> Result<&Product, DeliveryError> {
            self.products.get(sku).ok_or_else(|| DeliveryError::UnknownProduct(sku.into()))
        }
    }

    /// Takes the goods from the warehouse and gives them to a carrier; without a carrier they go
    /// back.
    #[omegi::traced(fields(id = delivery.id, country = delivery.country))]
    pub(crate) async fn deliver(shop: Arc<Shop>, delivery: Delivery) -> Result<Shipment, DeliveryError> {
        let quantity = parse_quantity(&delivery.quantity)?;
        let product = shop.product(&delivery.sku)?;
        let parcels = pack(&delivery, product, quantity);
        shop.warehouse.take(&product.sku, quantity).await?;
        match choose_carrier(&parcels).await {
            Ok(quote) => Ok(Shipment { parcels: parcels.count, cents: quote.cents }),
            Err(error) => {
                shop.warehouse.put_back(&product.sku, quantity).await;
                Err(error.into())
            }
        }
    }

    #[omegi::traced(args)]
    fn parse_quantity(text: &str) -> Result<u32, DeliveryError> {
        text.parse().map_err(|source| DeliveryError::Quantity { text: text.into(), source })
    }

    /// Panics for the one product that has a pack size of 0: a panic ends a flow as an error does.
    #[omegi::traced(fields(sku = product.sku, quantity = quantity), ret)]
    fn pack(delivery: &Delivery, product: &Product, quantity: u32) -> Parcels {
        let count = quantity.div_ceil(product.pack_size);
        let (grams, country) = (product.grams * quantity, delivery.country.clone());
        Parcels { delivery: delivery.id, count, grams, country }
    }

    /// Asks both carriers at once and takes the cheaper one.
    async fn choose_carrier(parcels: &Parcels) -> Result<Quote, CarrierError> {
        match tokio::join!(carrier::ask(&Post, parcels), carrier::ask(&Courier, parcels)) {
            (Ok(post), Ok(courier)) => Ok(if courier.cents < post.cents { courier } else { post }),
            (Ok(quote), Err(_)) | (Err(_), Ok(quote)) => Ok(quote),
            (Err(_), Err(courier)) => Err(courier),
        }
    }
}

/// The goods in stock: state that all tasks share, behind a lock that they wait for without a
/// thread.
#[omegi::instrument_crate]
mod warehouse {
    use std::collections::HashMap;

    use tokio::sync::Mutex;

    /// There is less in stock than the caller wants.
    #[derive(Debug, thiserror::Error)]
    #[error("{wanted} of {sku} wanted")]
    pub(crate) struct Shortage {
        sku: String,
        wanted: u32,
    }

    /// The stock of each product.
    pub(crate) struct Warehouse(Mutex<HashMap<String, u32>>);

    impl Warehouse {
        /// A warehouse with a stock of each product.
        pub(crate) fn new(stock: impl Iterator<Item = (String, u32)>) -> Self {
            Self(Mutex::new(stock.collect()))
        }

        /// Takes the whole quantity, or nothing.
        #[omegi::traced(args)]
        pub(crate) async fn take(&self, sku: &str, wanted: u32) -> Result<(), Shortage> {
            let mut stock = self.0.lock().await;
            let left = stock.get(sku).and_then(|left| left.checked_sub(wanted));
            let left = left.ok_or_else(|| Shortage { sku: sku.into(), wanted })?;
            stock.insert(sku.into(), left);
            Ok(())
        }

        /// Undoes a [`Self::take`].
        #[omegi::traced(args)]
        pub(crate) async fn put_back(&self, sku: &str, count: u32) {
            *self.0.lock().await.entry(sku.into()).or_default() += count;
        }
    }
}

/// Services that are far away: slow, sometimes busy, sometimes silent.
#[omegi::instrument_crate]
mod carrier {
    use std::{future, time::Duration};

    use tokio::time::{error::Elapsed, sleep, timeout};

    const PATIENCE: Duration = Duration::from_millis(250);
    const PAUSE: Duration = Duration::from_millis(5);
    const RETRIES: u32 = 2;

    /// The parcels for a carrier, and their destination.
    #[derive(Debug)]
    pub(crate) struct Parcels {
        pub(crate) delivery: u32,
        pub(crate) count: u32,
        pub(crate) grams: u32,
        pub(crate) country: String,
    }

    /// The price of a carrier.
    #[derive(Debug)]
    pub(crate) struct Quote {
        pub(crate) cents: u64,
    }

    /// The reason why a carrier gave no quote.
    #[derive(Debug, thiserror::Error)]
    pub(crate) enum CarrierError {
        #[error("busy, to be asked again")]
        Busy,
        #[error("nobody goes to {0}")]
        NotServed(String),
        #[error("no answer")]
        Silent(#[from] Elapsed),
    }

    /// A carrier of parcels.
    pub(crate) trait Carrier {
        /// Returns the price of the carrier; `attempt` counts from 0.
        async fn quote(&self, parcels: &Parcels, attempt: u32) -> Result<Quote, CarrierError>;
    }

    /// A carrier that is cheap for light parcels and delivers only to the countries nearby.
    pub(crate) struct Post;

    impl Carrier for Post {
        async fn quote(&self, parcels: &Parcels, _attempt: u32) -> Result<Quote, CarrierError> {
            sleep(Duration::from_millis(2)).await;
            match parcels.country.as_str() {
                "AQ" | "AX" => Err(CarrierError::NotServed(parcels.country.clone())),
                _ => Ok(Quote { cents: 390 * u64::from(parcels.count) + u64::from(parcels.grams / 10) }),
            }
        }
    }

    /// A carrier that claims to deliver to Antarctica, and never answers requests for it.
    pub(crate) struct Courier;

    impl Carrier for Courier {
        #[omegi::traced(args(attempt), ret)]
        async fn quote(&self, parcels: &Parcels, attempt: u32) -> Result<Quote, CarrierError> {
            sleep(Duration::from_millis(3)).await;
            match parcels.country.as_str() {
                "AQ" => future::pending().await,
                "AX" => Err(CarrierError::NotServed(parcels.country.clone())),
                _ if attempt == 0 && parcels.delivery.is_multiple_of(150) => Err(CarrierError::Busy),
                _ => Ok(Quote { cents: 790 + u64::from(parcels.grams / 50) }),
            }
        }
    }

    /// Asks for a quote, again after a pause while the carrier is busy.
    pub(crate) async fn ask<C: Carrier>(carrier: &C, parcels: &Parcels) -> Result<Quote, CarrierError> {
        for attempt in 0..RETRIES {
            match ask_once(carrier, parcels, attempt).await {
                Err(CarrierError::Busy) => sleep(PAUSE * (attempt + 1)).await,
                answered => return answered,
            }
        }
        ask_once(carrier, parcels, RETRIES).await
    }

    async fn ask_once(
        carrier: &impl Carrier,
        parcels: &Parcels,
        attempt: u32,
    ) -> Result<Quote, CarrierError> {
        timeout(PATIENCE, carrier.quote(parcels, attempt)).await?
    }
}
