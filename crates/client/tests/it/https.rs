//! Over TLS, as against Azure: with the server's own authority trusted, and without.

use callsign_client::error::{Failure, is_safe_to_retry};
use callsign_client::{CommunicationIdentityClient, CommunicationIdentityClientOptions, TokenScope};

use crate::house::House;

#[test]
fn a_client_that_trusts_the_authority_works_over_https() {
    House::during(async |house| {
        let options = CommunicationIdentityClientOptions {
            client_options: house.client_options(),
            ..Default::default()
        };
        let client = CommunicationIdentityClient::with_key_credential(
            house.https(),
            house.credential(),
            Some(options),
        )
        .unwrap();
        let created =
            client.create_user_and_token(&[TokenScope::Chat], None).await.unwrap().into_model().unwrap();
        client.delete_user(&created.user, None).await.unwrap();
    });
}

#[test]
fn an_untrusted_certificate_is_told_at_once_and_by_name() {
    House::during(async |house| {
        let client =
            CommunicationIdentityClient::with_key_credential(house.https(), house.credential(), None)
                .unwrap();
        let error = client.create_user(None).await.unwrap_err();
        assert_eq!(Failure::of(&error), Failure::UntrustedCertificate, "{error:?}");
        assert!(!is_safe_to_retry(&error), "it would not be trusted then, either");
        assert!(Failure::of(&error).hint().contains("SSL_CERT_FILE"));
    });
}
