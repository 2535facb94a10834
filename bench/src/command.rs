//! The command line: what to measure, how large, and where the result goes.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::acknowledge::Acknowledge;
use crate::backfill::Backfill;
use crate::bare_broker::BareBroker;
use crate::books::Books;
use crate::http::Http;
use crate::ingest::Ingest;
use crate::live::Live;
use crate::offline::Offline;
use crate::place::Place;
use crate::publish::Publish;
use crate::reconcile::Reconcile;
use crate::report::Sink;
use crate::routes::Routes;
use crate::search::Search;
use crate::settle::Settle;
use crate::start::Start;
use crate::static_answer::StaticAnswer;

/// Measure Bowei from outside, as ratios within one run.
///
/// Starts the release build of `gateway` beside this program, with a Mosquitto and a PostgreSQL of
/// its own (Debian's packages; `deploy/setup.sh test`). Absolute figures move from run to run with
/// whatever else the machine does; the ratios are what to read.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// All of them in sizes that take about forty minutes.
    All(Common),
    Http(Http),
    Ingest(Box<Ingest>),
    Live(Live),
    Offline(Offline),
    Start(Start),
    Backfill(Backfill),
    Settle(Settle),
    Reconcile(Reconcile),
    Books(Books),
    Routes(Routes),
    Search(Search),
    #[command(hide = true)]
    Publish(Publish),
    #[command(hide = true)]
    Acknowledge(Acknowledge),
    #[command(hide = true)]
    BareBroker(BareBroker),
    #[command(hide = true)]
    StaticAnswer(StaticAnswer),
}

/// Switches that every measurement has.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Decides who says what when; the same seed gives the same messages.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
    /// A gateway program to measure instead of the one beside this program.
    #[arg(long, value_name = "FILE")]
    gateway: Option<PathBuf>,
    /// Folder for the run's databases; they are removed at the end. Choose a real disk.
    #[arg(long, value_name = "DIR")]
    within: Option<PathBuf>,
    /// Print the result as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Write the table into this document, between its markers.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

impl Common {
    pub(crate) fn place(&self) -> Result<Place> {
        Place::new(self.within.as_deref(), self.gateway.as_deref())
    }

    pub(crate) fn sink(&self) -> Sink {
        Sink { json: self.json, document: self.write.clone() }
    }
}

impl Cli {
    pub(crate) async fn run(self) -> Result<()> {
        match self.what {
            What::All(common) => all(&common).await,
            What::Http(http) => http.run().await,
            What::Ingest(ingest) => ingest.run().await,
            What::Live(live) => live.run().await,
            What::Offline(offline) => offline.run().await,
            What::Start(start) => start.run().await,
            What::Backfill(backfill) => backfill.run().await,
            What::Settle(settle) => settle.run().await,
            What::Reconcile(reconcile) => reconcile.run().await,
            What::Books(books) => books.run().await,
            What::Routes(routes) => routes.run().await,
            What::Search(search) => search.run().await,
            What::Publish(publish) => publish.run().await,
            What::Acknowledge(acknowledge) => acknowledge.run().await,
            What::BareBroker(broker) => broker.run().await,
            What::StaticAnswer(answer) => answer.run().await,
        }
    }
}

async fn all(common: &Common) -> Result<()> {
    Live::usual(common).run().await?;
    Http::usual(common).run().await?;
    Backfill::usual(common).run().await?;
    Reconcile::usual(common).run().await?;
    Books::usual(common).run().await?;
    Routes::usual(common).run().await?;
    Search::usual(common).run().await?;
    Start::usual(common).run().await?;
    Settle::usual(common).run().await?;
    for ingest in Ingest::usual(common) {
        ingest.run().await?;
    }
    Ok(())
}
