//! Who is who: an authority of our own, the hub's certificate, and one for each box.
//!
//! The box makes its key and asks; the key never leaves it. Certificates carry no lifetime of their
//! own: a box may be offline for months with a clock that lies, so the hub looks up at every session
//! whether the box may speak.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::box_id::BoxId;

/// The name in the hub's certificate: boxes pin the authority, not a place.
pub(super) const HUB_NAME: &str = "hub.ishuri";

/// A certificate's BLAKE3 hash: by this the hub knows a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// A certificate with its key and the authority it trusts.
#[derive(Debug)]
pub struct Identity {
    pub(super) authority: CertificateDer<'static>,
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

/// Signs certificates.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
}

/// A box's request, read and checked.
#[derive(Debug)]
pub struct BoxRequest {
    /// Which box asks.
    pub box_id: BoxId,
    request: CertificateSigningRequestParams,
}

/// Why an identity could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file could not be used.
    #[error("use {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A certificate, key or request could not be made or read.
    #[error("use {what}: {source}")]
    Certificate {
        /// Which.
        what: &'static str,
        /// Why not.
        source: rcgen::Error,
    },
    /// A file does not hold what it should.
    #[error("read {path}: {what}")]
    Form {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A request that names no box.
    #[error("read certificate request: its name is not a box's 32 hexadecimal digits")]
    Name,
}

const AUTHORITY: &str = "authority.pem";
const AUTHORITY_KEY: &str = "authority.key";
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "certificate.key";

impl Fingerprint {
    /// Of a certificate in PEM.
    ///
    /// # Errors
    /// If it is none.
    pub fn of_pem(pem: &str) -> Result<Self, IdentityError> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
        let form = |error: rustls::pki_types::pem::Error| IdentityError::Form {
            path: PathBuf::from(CERTIFICATE),
            what: error.to_string(),
        };
        Ok(Self::of(&certificate.map_err(form)?))
    }

    pub(super) fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(*blake3::hash(certificate).as_bytes())
    }
}

impl Identity {
    /// Reads `authority.pem`, `certificate.pem` and `certificate.key` of a folder.
    ///
    /// # Errors
    /// Naming the file that is missing or wrong.
    pub fn open(folder: &Path) -> Result<Self, IdentityError> {
        let form = |name: &str| {
            let path = folder.join(name);
            move |error: rustls::pki_types::pem::Error| IdentityError::Form {
                path,
                what: error.to_string(),
            }
        };
        let certificate =
            |name| CertificateDer::from_pem_file(folder.join(name)).map_err(form(name));
        Ok(Self {
            authority: certificate(AUTHORITY)?,
            certificate: certificate(CERTIFICATE)?,
            key: PrivateKeyDer::from_pem_file(folder.join(KEY)).map_err(form(KEY))?,
        })
    }

    /// Keeps what the hub gave for a box's request.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn keep(
        folder: &Path,
        authority_pem: &str,
        certificate_pem: &str,
    ) -> Result<(), IdentityError> {
        write(&folder.join(AUTHORITY), authority_pem)?;
        write(&folder.join(CERTIFICATE), certificate_pem)
    }
}

/// Makes a box's key in a folder, unless it has one, and its request in PEM.
///
/// # Errors
/// If the key cannot be made or kept.
pub fn request(folder: &Path, box_id: BoxId) -> Result<String, IdentityError> {
    let key = own_key(&folder.join(KEY))?;
    let mut params = named(&box_id.to_string());
    params.is_ca = IsCa::NoCa;
    let request = params
        .serialize_request(&key)
        .and_then(|request| request.pem());
    request.map_err(certificate("certificate request"))
}

impl BoxRequest {
    /// Reads a request and checks that who made it has its key.
    ///
    /// # Errors
    /// If it is none, or names no box.
    pub fn read(pem: &str) -> Result<Self, IdentityError> {
        let request = CertificateSigningRequestParams::from_pem(pem)
            .map_err(certificate("certificate request"))?;
        let name = match request.params.distinguished_name.get(&DnType::CommonName) {
            Some(rcgen::DnValue::Utf8String(name)) => name.clone(),
            Some(rcgen::DnValue::PrintableString(name)) => name.as_str().to_owned(),
            _ => return Err(IdentityError::Name),
        };
        let number = (name.len() == 32).then(|| u128::from_str_radix(&name, 16).ok());
        let number = number.flatten().ok_or(IdentityError::Name)?;
        Ok(Self {
            box_id: BoxId(number.to_be_bytes()),
            request,
        })
    }
}

impl Authority {
    /// Opens the authority of a hub's folder, making it, with the hub's own certificate, if there is
    /// none.
    ///
    /// # Errors
    /// If it cannot be made, kept or read.
    pub fn open(folder: &Path) -> Result<Self, IdentityError> {
        fs::create_dir_all(folder).map_err(file(folder))?;
        let key = own_key(&folder.join(AUTHORITY_KEY))?;
        let path = folder.join(AUTHORITY);
        if !path.exists() {
            let mut params = named("Ishuri hub");
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            params.key_usages = vec![
                KeyUsagePurpose::KeyCertSign,
                KeyUsagePurpose::DigitalSignature,
            ];
            let signed = params.self_signed(&key).map_err(certificate("authority"))?;
            write(&path, &signed.pem())?;
        }
        let certificate_pem = fs::read_to_string(&path).map_err(file(&path))?;
        let issuer =
            Issuer::from_ca_cert_pem(&certificate_pem, key).map_err(certificate("authority"))?;
        let authority = Self {
            issuer,
            certificate_pem,
        };
        if !folder.join(CERTIFICATE).exists() {
            let key = own_key(&folder.join(KEY))?;
            let mut params = CertificateParams::new(vec![HUB_NAME.to_owned()])
                .map_err(certificate("hub's certificate"))?;
            params.distinguished_name.push(DnType::CommonName, HUB_NAME);
            let signed = params.signed_by(&key, &authority.issuer);
            let signed = signed.map_err(certificate("hub's certificate"))?;
            write(&folder.join(CERTIFICATE), &signed.pem())?;
        }
        Ok(authority)
    }

    /// The authority's certificate, which boxes pin.
    pub fn pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Signs a box's request.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn sign(&self, request: &BoxRequest) -> Result<String, IdentityError> {
        let mut params = named(&request.box_id.to_string());
        params.is_ca = IsCa::NoCa;
        let signed = params.signed_by(&request.request.public_key, &self.issuer);
        Ok(signed.map_err(certificate("box's certificate"))?.pem())
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// The key in a file; made there if there is none.
fn own_key(path: &Path) -> Result<KeyPair, IdentityError> {
    if path.exists() {
        let pem = fs::read_to_string(path).map_err(file(path))?;
        return KeyPair::from_pem(&pem).map_err(certificate("key"));
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(file(folder))?;
    }
    let key = KeyPair::generate().map_err(certificate("key"))?;
    write(path, &key.serialize_pem())?;
    Ok(key)
}

/// Whole or not at all, and readable by its owner only.
fn write(path: &Path, text: &str) -> Result<(), IdentityError> {
    let beside = path.with_extension("new");
    let open = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside);
    let written = open.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written
        .and_then(|()| fs::rename(&beside, path))
        .map_err(file(path))
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> IdentityError {
    let path = path.to_owned();
    move |source| IdentityError::File { path, source }
}

fn certificate(what: &'static str) -> impl FnOnce(rcgen::Error) -> IdentityError {
    move |source| IdentityError::Certificate { what, source }
}
