// What CMS EnvelopedData (RFC 5652), time stamps (RFC 3161) and TLS need of OpenSSL 3, and its macros as functions.
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

static inline STACK_OF(X509) *cordon_certificates_new(void) { return sk_X509_new_null(); }

// The stack does not own its certificates.
static inline int cordon_certificates_push(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}

static inline void cordon_certificates_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }

static inline int cordon_recipients_count(CMS_ContentInfo *cms) {
    STACK_OF(CMS_RecipientInfo) *recipients = CMS_get0_RecipientInfos(cms);
    return recipients == NULL ? 0 : sk_CMS_RecipientInfo_num(recipients);
}

static inline long cordon_bio_bytes(BIO *bio, const char **bytes) { return BIO_get_mem_data(bio, (char **)bytes); }

// What a generator of the type TEST-RAND hands out next (EVP_RAND-TEST-RAND(7)). It keeps a copy.
static inline int cordon_generator_set(EVP_RAND_CTX *generator, const unsigned char *bytes, size_t count) {
    OSSL_PARAM parameters[2] = {
        OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, (void *)bytes, count),
        OSSL_PARAM_construct_end(),
    };
    return EVP_RAND_CTX_set_params(generator, parameters);
}

// TLS 1.2 and newer.
static inline int cordon_tls_set_versions(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

static inline int cordon_tls_name_server(SSL *tls, const char *name) {
    return SSL_set_tlsext_host_name(tls, name) == 1;
}

// Nothing to read yet, rather than the end.
static inline void cordon_bio_wait_at_end(BIO *bio) { BIO_set_mem_eof_return(bio, -1); }

static inline size_t cordon_bio_pending(BIO *bio) { return BIO_ctrl_pending(bio); }

static inline X509 *cordon_certificates_first(STACK_OF(X509) *stack) {
    return stack == NULL || sk_X509_num(stack) < 1 ? NULL : sk_X509_value(stack, 0);
}

// As RFC 2253 writes it.
static inline int cordon_name_print(BIO *bio, X509 *certificate) {
    return X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

static inline void cordon_certificates_free_all(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }

// Whether a certificate says nothing of extended uses, or one by which documents are signed: any, mail (RFC 5280 4.2.1.12), documents (RFC
// 9336), and those of Microsoft and Adobe from before. One that cannot be read says no.
static inline int cordon_extended_use_signs(const X509 *certificate) {
    const char *const wanted[] = {
        "2.5.29.37.0", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.311.10.3.12", "1.2.840.113583.1.1.5",
    };
    int critical = 0, found = 0;
    EXTENDED_KEY_USAGE *uses = (EXTENDED_KEY_USAGE *)X509_get_ext_d2i(certificate, NID_ext_key_usage, &critical, NULL);
    if (uses == NULL) return critical == -1;
    for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++) {
        char text[80];
        if (OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(uses, i), 1) <= 0) continue;
        for (size_t j = 0; j < sizeof wanted / sizeof wanted[0]; j++) {
            if (strcmp(text, wanted[j]) == 0) found = 1;
        }
    }
    EXTENDED_KEY_USAGE_free(uses);
    return found;
}

// A time stamp token of RFC 3161. A byte of padding may follow.
static inline PKCS7 *cordon_token_read(const unsigned char *bytes, size_t count) {
    return d2i_PKCS7(NULL, &bytes, (long)count);
}

// When a token says that it was made, in seconds since 1970.
static inline int cordon_time_of_token(const unsigned char *bytes, size_t count, int64_t *seconds) {
    PKCS7 *token = cordon_token_read(bytes, count);
    TS_TST_INFO *info = token == NULL ? NULL : PKCS7_to_TS_TST_INFO(token);
    int done = 0;
    if (info != NULL) {
        struct tm time;
        if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &time) == 1) {
            *seconds = (int64_t)timegm(&time);
            done = 1;
        }
    }
    TS_TST_INFO_free(info);
    PKCS7_free(token);
    return done;
}

// Whether a token is about some data and signed by somebody whom the store vouches for. The store is freed.
static inline int cordon_token_verifies(const unsigned char *bytes, size_t count, const unsigned char *data, size_t length,
                                        X509_STORE *store) {
    PKCS7 *token = cordon_token_read(bytes, count);
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    BIO *input = BIO_new_mem_buf(data, (int)length);
    int done = 0;
    if (token == NULL || context == NULL || input == NULL) {
        X509_STORE_free(store);
        BIO_free(input);
    } else {
        TS_VERIFY_CTX_add_flags(context, TS_VFY_DATA | TS_VFY_SIGNATURE | TS_VFY_SIGNER | TS_VFY_VERSION);
        TS_VERIFY_CTX_set_data(context, input);
        TS_VERIFY_CTX_set_store(context, store);
        done = TS_RESP_verify_token(context, token) == 1;
    }
    TS_VERIFY_CTX_free(context);
    PKCS7_free(token);
    return done;
}
