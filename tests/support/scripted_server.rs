//! An HTTP server that does as it is told, well or badly, request by request.

use std::fmt::{Display, Write as _};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to one request.
#[derive(Clone, Debug)]
pub enum Step {
    Answer(Answer),
    /// The first half of the body, then the end of the connection.
    Truncate(Answer),
    /// The end of the connection in place of an answer.
    Close,
    /// The same, rudely: RST.
    Reset,
    /// Nothing, for ever.
    Hang,
    /// The head of an answer, and then nothing.
    HeadThenHang(Answer),
    /// One byte of the body at a time.
    Drip(Answer, Duration),
    DelayThen(Duration, Answer),
}

#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![], body: body.into() }
    }

    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    /// An error as the service words it; `code` is without its namespace.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#);
        Self::new(status, body)
    }

    pub fn header(mut self, name: &'static str, value: impl Display) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "content-length: {}\r\n\r\n", self.body.len());
        head
    }
}

/// What a client asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GetRecords`, say.
    pub operation: String,
    pub authorization: String,
    pub body: String,
}

/// A running server. Dropped, it ends with all its connections.
#[derive(Debug)]
pub struct ScriptedServer {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    accepting: JoinHandle<()>,
}

type Script = Arc<Mutex<dyn FnMut(&Asked) -> Step + Send>>;

impl ScriptedServer {
    /// Asks `script` what to do with each request.
    pub async fn start(script: impl FnMut(&Asked) -> Step + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let asked = Arc::new(Mutex::new(vec![]));
        let script: Script = Arc::new(Mutex::new(script));
        let accepting = tokio::spawn(accept(listener, script, Arc::clone(&asked)));
        Self { port, asked, accepting }
    }

    /// Does the same with every request.
    pub async fn always(step: Step) -> Self {
        Self::start(move |_| step.clone()).await
    }

    /// Takes a step for each request, and closes after the last.
    pub async fn steps(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut steps = steps.into_iter().collect::<Vec<_>>().into_iter();
        Self::start(move |_| steps.next().unwrap_or(Step::Close)).await
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, script: Script, asked: Arc<Mutex<Vec<Asked>>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (script, asked) = (Arc::clone(&script), Arc::clone(&asked));
        // A connection that the client breaks off is the client's affair.
        connections.spawn(async move { drop(serve(stream, script, asked).await) });
    }
}

async fn serve(mut stream: TcpStream, script: Script, asked: Arc<Mutex<Vec<Asked>>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    while let Some(request) = read_request(&mut stream).await? {
        asked.lock().unwrap().push(request.clone());
        let step = (script.lock().unwrap())(&request);
        match step {
            Step::Answer(answer) => send(&mut stream, &answer).await?,
            Step::DelayThen(delay, answer) => {
                tokio::time::sleep(delay).await;
                send(&mut stream, &answer).await?;
            }
            Step::Truncate(answer) => {
                stream.write_all(answer.head().as_bytes()).await?;
                stream.write_all(&answer.body[..answer.body.len() / 2]).await?;
                return Ok(());
            }
            Step::Close => return Ok(()),
            Step::Reset => return stream.set_zero_linger(),
            Step::Hang => std::future::pending().await,
            Step::HeadThenHang(answer) => {
                stream.write_all(answer.head().as_bytes()).await?;
                std::future::pending::<()>().await;
            }
            Step::Drip(answer, pause) => {
                stream.write_all(answer.head().as_bytes()).await?;
                for byte in answer.body {
                    stream.write_all(&[byte]).await?;
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
    Ok(())
}

async fn send(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    stream.write_all(&[answer.head().as_bytes(), &answer.body].concat()).await
}

/// `None` at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> io::Result<Option<Asked>> {
    let mut read = vec![];
    let head = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            break String::from_utf8_lossy(&std::mem::replace(&mut read, body)).into_owned();
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    };
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while read.len() < length {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    }
    let target = header("x-amz-target").unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let authorization = header("authorization").unwrap_or_default();
    Ok(Some(Asked { operation, authorization, body: String::from_utf8_lossy(&read).into_owned() }))
}
