//! A Redis of one test's own, which it may kill, freeze and restart.

use std::process::Command;

use futures_util::StreamExt;

use super::process::{Process, eventually, free_port, mortal};

pub struct RedisServer {
    port: u16,
    /// Settings of its own.
    settings: String,
    process: Process,
}

const PASSWORD: &str = "only-for-this-test";

impl RedisServer {
    pub async fn start() -> Self {
        let port = free_port();
        Self::start_as(port, format!("port {port}\n")).await
    }

    /// It takes connections through TLS and no others.
    pub async fn start_with_tls(certificate: &str, key: &str) -> Self {
        let port = free_port();
        let settings =
            format!("port 0\ntls-port {port}\ntls-cert-file {certificate}\ntls-key-file {key}\ntls-auth-clients no\n");
        Self::start_as(port, settings).await
    }

    async fn start_as(port: u16, settings: String) -> Self {
        let installed = Command::new("redis-server").arg("--version").output();
        assert!(installed.is_ok(), "redis-server is missing: sudo apt-get install redis-server");
        let process = launch(port, &settings).await;
        Self { port, settings, process }
    }

    pub fn url(&self) -> String {
        let scheme = if self.settings.contains("tls-port") { "rediss" } else { "redis" };
        format!("{scheme}://default:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Empty, on the same port.
    pub async fn restart(&mut self) {
        self.process.kill();
        self.process = launch(self.port, &self.settings).await;
    }

    /// Connections stay, and nothing comes over them.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Says these bytes on the channel, as anybody can who reaches Redis.
    pub async fn publish(&self, channel: &str, bytes: &[u8]) {
        let client = redis::Client::open(self.url()).expect("a good address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("Redis answers");
        let publish = redis::cmd("PUBLISH").arg(channel).arg(bytes).query_async::<i64>(&mut connection).await;
        publish.expect("the command succeeds");
    }

    /// All that is said from now on, with the channel.
    pub async fn listen(&self) -> impl futures_util::Stream<Item = (String, Vec<u8>)> + Unpin + Send + use<> {
        let client = redis::Client::open(self.url()).expect("a good address");
        let mut hearing = client.get_async_pubsub().await.expect("Redis answers");
        hearing.psubscribe("*").await.expect("Redis answers");
        let messages = hearing.into_on_message();
        Box::pin(messages.map(|message| (message.get_channel_name().to_owned(), message.get_payload_bytes().to_vec())))
    }

    pub async fn command(&self, words: &[&str]) {
        let client = redis::Client::open(self.url()).expect("a good address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("Redis answers");
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async::<redis::Value>(&mut connection).await.expect("the command succeeds");
    }
}

async fn launch(port: u16, settings: &str) -> Process {
    let mut command = mortal("redis-server");
    command.arg("-");
    let settings = format!("bind 127.0.0.1\n{settings}requirepass {PASSWORD}\nsave \"\"\nappendonly no\n");
    let process = Process::start("Redis", command, &settings);
    eventually("Redis listens", || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() }).await;
    process
}
