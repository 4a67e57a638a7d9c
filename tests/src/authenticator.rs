//! A WebAuthn authenticator and the browser before it, in software: P-256 keys, no
//! attestation, JSON as browsers give it. What is wrong with an answer, a test says.

use base64ct::{Base64UrlUnpadded, Encoding};
use minicbor::Encoder;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// An authenticator. A clone of it is what a thief of its keys has.
#[derive(Clone)]
pub struct Authenticator {
    /// The origin that the browser says it is at.
    pub origin: String,
    /// The relying party that answers are for, where not the one that asked.
    pub rp_id: Option<String>,
    /// Whether it verifies its user.
    pub verifies: bool,
    /// Whether it counts its signatures.
    pub counts: bool,
    credentials: Vec<Credential>,
}

#[derive(Clone)]
struct Credential {
    id: Vec<u8>,
    pkcs8: Vec<u8>,
    rp_id: String,
    user: Vec<u8>,
    counter: u32,
}

impl Authenticator {
    /// One that behaves, in a browser at this origin.
    pub fn at(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            rp_id: None,
            verifies: true,
            counts: true,
            credentials: Vec::new(),
        }
    }

    /// Makes a passkey, as asked by the argument of `navigator.credentials.create`.
    pub fn create(&mut self, options: &Value) -> Value {
        let asked = &options["publicKey"];
        let rng = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &rng);
        let credential = Credential {
            id: rand::random::<[u8; 32]>().to_vec(),
            pkcs8: pkcs8.expect("a key").as_ref().to_vec(),
            rp_id: text(&asked["rp"]["id"]),
            user: decode(&asked["user"]["id"]),
            counter: 0,
        };
        let data = [
            self.head(&credential, ATTESTED),
            [0; 16].to_vec(),
            32_u16.to_be_bytes().to_vec(),
            credential.id.clone(),
            cose_key(&credential),
        ]
        .concat();
        let client_data = self.client_data("webauthn.create", &asked["challenge"]);
        let answer = json!({
            "id": encode(&credential.id),
            "rawId": encode(&credential.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "attestationObject": encode(&attestation_object(&data)),
                "clientDataJSON": encode(client_data.as_bytes()),
                "transports": ["internal"],
            },
        });
        self.credentials.push(credential);
        answer
    }

    /// Answers as asked by the argument of `navigator.credentials.get`, with the newest
    /// passkey that fits.
    pub fn get(&mut self, options: &Value) -> Value {
        let asked = &options["publicKey"];
        let allowed = asked["allowCredentials"].as_array().cloned().unwrap_or_default();
        let allowed: Vec<_> = allowed.iter().map(|it| decode(&it["id"])).collect();
        let rp_id = text(&asked["rpId"]);
        let fits = |it: &&mut Credential| {
            it.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&it.id))
        };
        let counts = self.counts;
        let credential = self.credentials.iter_mut().rev().find(fits).expect("a passkey that fits");
        credential.counter += u32::from(counts);
        let credential = credential.clone();
        let data = self.head(&credential, 0);
        let client_data = self.client_data("webauthn.get", &asked["challenge"]);
        let signed = [data.clone(), Sha256::digest(client_data.as_bytes()).to_vec()].concat();
        let signature = key_of(&credential).sign(&SystemRandom::new(), &signed);
        json!({
            "id": encode(&credential.id),
            "rawId": encode(&credential.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "authenticatorData": encode(&data),
                "clientDataJSON": encode(client_data.as_bytes()),
                "signature": encode(signature.expect("a signature").as_ref()),
                "userHandle": encode(&credential.user),
            },
        })
    }

    /// Which relying party, what the user did, and how many signatures there were.
    fn head(&self, credential: &Credential, flags: u8) -> Vec<u8> {
        let rp_id = self.rp_id.as_ref().unwrap_or(&credential.rp_id);
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut head = Sha256::digest(rp_id).to_vec();
        head.push(flags | USER_PRESENT | verified);
        head.extend(credential.counter.to_be_bytes());
        head
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> String {
        let origin = &self.origin;
        json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false })
            .to_string()
    }
}

fn key_of(credential: &Credential) -> EcdsaKeyPair {
    let rng = SystemRandom::new();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &credential.pkcs8, &rng)
        .expect("a key")
}

/// The public key as COSE writes one: ES256 on P-256.
fn cose_key(credential: &Credential) -> Vec<u8> {
    let key = key_of(credential);
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let mut out = Encoder::new(Vec::new());
    write_cose_key(&mut out, x, y).expect("memory takes everything");
    out.into_writer()
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn write_cose_key(out: &mut Encoder<Vec<u8>>, x: &[u8], y: &[u8]) -> Written {
    out.map(5)?.u8(1)?.u8(2)?.u8(3)?.i8(-7)?.i8(-1)?.u8(1)?;
    out.i8(-2)?.bytes(x)?.i8(-3)?.bytes(y)?;
    Ok(())
}

fn attestation_object(data: &[u8]) -> Vec<u8> {
    let mut out = Encoder::new(Vec::new());
    let write = |out: &mut Encoder<Vec<u8>>| -> Written {
        out.map(3)?.str("fmt")?.str("none")?.str("attStmt")?.map(0)?;
        out.str("authData")?.bytes(data)?;
        Ok(())
    };
    write(&mut out).expect("memory takes everything");
    out.into_writer()
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decode(value: &Value) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(&text(value)).expect("base64url")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
