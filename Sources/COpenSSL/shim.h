// What CMS EnvelopedData (RFC 5652) needs of OpenSSL 3, and its macros as functions.
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
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
