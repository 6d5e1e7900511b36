//! Messages whose type is only known at run time.

use prost_reflect::{
    DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions,
    prost::{Message, bytes::Buf},
};
use serde_json::Value;
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// What is not set is told as what it counts as, so that expressions find it; whole numbers of 64
/// bits are texts, or they would lose digits: the JSON mapping of Protocol Buffers.
const TOLD: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// The message that `value` describes.
pub(super) fn from(
    descriptor: MessageDescriptor,
    value: Value,
) -> Result<DynamicMessage, serde_json::Error> {
    DynamicMessage::deserialize_with_options(descriptor, value, &DeserializeOptions::new())
}

/// A message as data.
pub(super) fn value(message: &DynamicMessage) -> Result<Value, Status> {
    let told = message.serialize_with_options(serde_json::value::Serializer, &TOLD);
    told.map_err(|error| Status::internal(format!("the answer cannot be told as JSON: {error}")))
}

/// Encodes any message, and decodes those of one type.
#[derive(Clone)]
pub(super) struct Dynamic(pub MessageDescriptor);

impl Codec for Dynamic {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: Self::Item, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(to)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let bytes = from.copy_to_bytes(from.remaining());
        DynamicMessage::decode(self.0.clone(), bytes)
            .map(Some)
            .map_err(|error| {
                Status::internal(format!("the answer is no {}: {error}", self.0.full_name()))
            })
    }
}
