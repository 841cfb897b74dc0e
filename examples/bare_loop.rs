//! A bare HTTP loop over GetRecords, for scripts/bench: what an endpoint's own pace allows.
//!
//! `bare_loop HOST:PORT` asks for page after page and looks at nothing but the next iterator at the
//! end of each body. No SDK, no signature, no JSON is read, no record found.
#![expect(clippy::print_stdout, reason = "the number of bytes is its result")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

/// The next iterator is looked for in so many last bytes.
const TAIL: usize = 4_096;
const NAME: &str = "\"NextShardIterator\":\"";

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: bare_loop HOST:PORT")?;
    let mut stream = TcpStream::connect(&address)?;
    stream.set_nodelay(true)?;
    let mut iterator = Some("page-0".to_owned());
    let (mut body, mut bytes) = (vec![], 0);
    while let Some(next) = iterator {
        let request = format!("{{\"ShardIterator\":\"{next}\",\"Limit\":1000}}");
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {address}\r\nX-Amz-Target: DynamoDBStreams_20120810.GetRecords\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{request}",
            request.len()
        )?;
        read_body(&mut stream, &mut body)?;
        bytes += body.len();
        let end = String::from_utf8_lossy(&body[body.len().saturating_sub(TAIL)..]);
        iterator = end.split_once(NAME).and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
    }
    println!("{bytes}");
    Ok(())
}

fn read_body(stream: &mut TcpStream, body: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
    let mut read = vec![0; 65_536];
    let mut filled = stream.read(&mut read)?;
    let end = loop {
        if let Some(end) = read[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
        filled += stream.read(&mut read[filled..])?;
    };
    let head = std::str::from_utf8(&read[..end])?.to_ascii_lowercase();
    let (_, length) = head.split_once("content-length:").ok_or("no Content-Length")?;
    let length: usize = length.lines().next().unwrap_or("").trim().parse()?;
    body.clear();
    body.extend(&read[end..filled]);
    let begun = body.len();
    body.resize(length, 0);
    stream.read_exact(&mut body[begun..])?;
    Ok(())
}
