/* SPDX-License-Identifier: MIT
 * sign_acs3.c: ACS3-HMAC-SHA256 (signature V3). */
#include "modules/cloud/sign.h"

#define ALGORITHM "ACS3-HMAC-SHA256"
static const char empty_hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool acs3_payload_hash(struct signer *signer, struct slice body, char hex[2 * SHA256_SIZE])
{
    unsigned char digest[SHA256_SIZE];
    if (!body.size) {
        memcpy(hex, empty_hash, 2 * SHA256_SIZE);
        return true;
    }
    if (crypto_digest(signer->crypto, signer->md, signer->crypto->sha256, body.data, body.size, digest) != 0)
        return false;
    hex_encode(digest, sizeof digest, hex);
    return true;
}

bool acs3_canonical(struct signer *signer, const struct acs3_message *message, struct slice *wire)
{
    struct bytes *out = &signer->canonical;
    out->size = 0;
    signer->names.size = 0;
    bytes_slice(out, message->method);
    bytes_char(out, '\n');
    bytes_slice(out, message->path);
    bytes_char(out, '\n');
    size_t query_at = out->size;
    canonical_query(out, message->query, message->query_form);
    size_t query_size = out->size - query_at;
    bytes_char(out, '\n');
    if (message->signed_names.size) {
        bytes_slice(&signer->names, message->signed_names);
        if (!canonical_listed(&signer->arena, out, message->signed_names, message->headers))
            return false;
    } else if (!canonical_headers(&signer->arena, out, &signer->names, message->headers)) {
        return false;
    }
    bytes_char(out, '\n');
    bytes_append(out, signer->names.data, signer->names.size);
    bytes_char(out, '\n');
    bytes_slice(out, message->payload_hash);
    if (wire)
        *wire = (struct slice){out->data + query_at, query_size};
    return !out->failed && !signer->names.failed;
}

static bool string_to_sign(struct signer *signer, char text[sizeof ALGORITHM + 2 * SHA256_SIZE])
{
    unsigned char digest[SHA256_SIZE];
    const struct bytes *canonical = &signer->canonical;
    if (crypto_digest(signer->crypto, signer->md, signer->crypto->sha256, canonical->data, canonical->size,
                      digest) != 0)
        return false;
    memcpy(text, ALGORITHM "\n", sizeof ALGORITHM);
    hex_encode(digest, sizeof digest, text + sizeof ALGORITHM);
    return true;
}

bool acs3_string_to_sign(struct signer *signer)
{
    char text[sizeof ALGORITHM + 2 * SHA256_SIZE];
    if (!string_to_sign(signer, text))
        return false;
    signer->canonical.size = 0;
    bytes_append(&signer->canonical, text, sizeof text);
    return !signer->canonical.failed;
}

bool acs3_signature(struct signer *signer, struct sign_key *key, char hex[ACS3_SIGNATURE_SIZE])
{
    char text[sizeof ALGORITHM + 2 * SHA256_SIZE];
    unsigned char mac[KEY_MAC_SIZE];
    if (!string_to_sign(signer, text) || sign_key_mac(key, KEY_ACS3, text, sizeof text, mac) != SHA256_SIZE)
        return false;
    hex_encode(mac, SHA256_SIZE, hex);
    return true;
}
