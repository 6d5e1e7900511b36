//! `shop.v1.Prices`, served by tonic.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use futures::{Stream, stream};
use prost::Message;
use prost_types::Timestamp;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpListener;
use tonic::{
    Code, Request, Response, Status,
    body::Body,
    codegen::{Service, http},
    server::{Grpc, NamedService, ServerStreamingService, UnaryService},
    transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, Message)]
struct Item {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, tag = "2")]
    count: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Money {
    #[prost(int64, tag = "1")]
    cents: i64,
    #[prost(int32, tag = "2")]
    currency: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Price {
    #[prost(message, optional, tag = "1")]
    money: Option<Money>,
    #[prost(message, optional, tag = "2")]
    at: Option<Timestamp>,
    #[prost(bool, tag = "3")]
    is_final: bool,
    #[prost(map = "string, string", tag = "4")]
    told: HashMap<String, String>,
}

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A server on a free port of this machine, for as long as the test's runtime lives.
pub async fn serve_plain() -> u16 {
    serve(Server::builder()).await
}

/// The same with TLS, and the certificate that it shows, in PEM.
pub async fn serve_tls() -> (u16, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = pem("CERTIFICATE", cert.der());
    let key = pem("PRIVATE KEY", &signing_key.serialize_der());
    let identity = Identity::from_pem(&certificate, key);
    let tls = ServerTlsConfig::new().identity(identity);
    (
        serve(Server::builder().tls_config(tls).unwrap()).await,
        certificate,
    )
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n")
}

async fn serve(mut server: Server) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = server
        .add_service(Prices)
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(async move { serving.await.unwrap() });
    port
}

#[derive(Clone)]
struct Prices;

impl NamedService for Prices {
    const NAME: &'static str = "shop.v1.Prices";
}

impl Service<http::Request<Body>> for Prices {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Later<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<Price, Item>::default());
            Ok(match request.uri().path() {
                "/shop.v1.Prices/Get" => grpc.unary(Get, request).await,
                "/shop.v1.Prices/Watch" => grpc.server_streaming(Watch, request).await,
                path => panic!("{path}"),
            })
        })
    }
}

struct Get;

impl UnaryService<Item> for Get {
    type Response = Price;
    type Future = Later<Result<Response<Price>, Status>>;

    fn call(&mut self, request: Request<Item>) -> Self::Future {
        Box::pin(async move {
            let item = request.get_ref();
            if let Some(code) = item.name.strip_prefix("fail ") {
                return Err(Status::new(Code::from_bytes(code.as_bytes()), "as asked"));
            }
            let mut told = HashMap::from([("name".to_owned(), item.name.clone())]);
            for name in ["idempotency-key", "authorization"] {
                if let Some(value) = request.metadata().get(name) {
                    told.insert(name.to_owned(), value.to_str().unwrap().to_owned());
                }
            }
            Ok(Response::new(price(item.count, told)))
        })
    }
}

struct Watch;

impl ServerStreamingService<Item> for Watch {
    type Response = Price;
    type ResponseStream = Pin<Box<dyn Stream<Item = Result<Price, Status>> + Send>>;
    type Future = Later<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Item>) -> Self::Future {
        let count = request.get_ref().count;
        let prices = (1..=count).map(|count| Ok(price(count, HashMap::new())));
        let prices: Self::ResponseStream = Box::pin(stream::iter(prices));
        Box::pin(async move { Ok(Response::new(prices)) })
    }
}

fn price(count: i64, told: HashMap<String, String>) -> Price {
    Price {
        money: Some(Money {
            cents: 100 * count,
            currency: 1,
        }),
        // 2026-01-02T03:04:05Z
        at: Some(Timestamp {
            seconds: 1_767_323_045,
            nanos: 0,
        }),
        is_final: false,
        told,
    }
}
