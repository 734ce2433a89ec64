// SPDX-License-Identifier: MIT
// Reads prefixes from a file, aggregates them, writes them to stdout.
use ipnet::Ipv4Net;
use std::io::{BufWriter, Write};

fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let text = std::fs::read_to_string(path).expect("readable");
    let nets: Vec<Ipv4Net> = text.lines().map(|line| line.parse::<Ipv4Net>().expect("a prefix").trunc()).collect();
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    for net in Ipv4Net::aggregate(&nets) {
        writeln!(out, "{net}").expect("written");
    }
}
