//! Which method is where.

use axum::{Router, extract::Request, routing::post};
use tonic::{Response, Status, server::Grpc};
use tonic_prost::ProstCodec;
use tower::service_fn;

use crate::{
    batch,
    double::Shared,
    streams,
    wire::{
        AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, ClusterInfo, Empty, ReadReq,
        ReadResp, SupportedMethod, SupportedMethods,
    },
};

/// A version whose clients and servers speak what this double speaks.
const VERSION: &str = "24.10.0.0";

pub(crate) fn routes(shared: &Shared) -> Router {
    let (appends, batches, reads) = (shared.clone(), shared.clone(), shared.clone());
    let (features, gossip) = (shared.clone(), shared.clone());
    Router::new()
        .route(
            "/event_store.client.streams.Streams/Append",
            post(|request: Request| async move {
                let codec = ProstCodec::<AppendResp, AppendReq>::default();
                let append = service_fn(move |request| streams::append(appends.clone(), request));
                Grpc::new(codec).client_streaming(append, request).await
            }),
        )
        .route(
            "/event_store.client.streams.Streams/BatchAppend",
            post(|request: Request| async move {
                let codec = ProstCodec::<BatchAppendResp, BatchAppendReq>::default();
                let append = service_fn(move |request| {
                    std::future::ready(batch::append(batches.clone(), request))
                });
                Grpc::new(codec).streaming(append, request).await
            }),
        )
        .route(
            "/event_store.client.streams.Streams/Read",
            post(|request: Request| async move {
                let codec = ProstCodec::<ReadResp, ReadReq>::default();
                let read =
                    service_fn(move |request| std::future::ready(streams::read(&reads, request)));
                Grpc::new(codec).server_streaming(read, request).await
            }),
        )
        .route(
            "/event_store.client.server_features.ServerFeatures/GetSupportedMethods",
            post(|request: Request| async move {
                let codec = ProstCodec::<SupportedMethods, Empty>::default();
                let tell = service_fn(move |_| {
                    std::future::ready(Ok::<_, Status>(Response::new(supported(&features))))
                });
                Grpc::new(codec).unary(tell, request).await
            }),
        )
        .route(
            "/event_store.client.gossip.Gossip/Read",
            post(|request: Request| async move {
                let codec = ProstCodec::<ClusterInfo, Empty>::default();
                let tell = service_fn(move |_| {
                    std::future::ready(Ok::<_, Status>(Response::new(gossip.cluster())))
                });
                Grpc::new(codec).unary(tell, request).await
            }),
        )
}

/// As far as the client asks.
fn supported(shared: &Shared) -> SupportedMethods {
    let batch = SupportedMethod {
        method_name: "batchappend".to_owned(),
        service_name: "event_store.client.streams.streams".to_owned(),
    };
    SupportedMethods {
        methods: Some(batch)
            .filter(|_| shared.batches())
            .into_iter()
            .collect(),
        event_store_server_version: VERSION.to_owned(),
    }
}
