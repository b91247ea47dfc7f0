package io.traffical.pipeline.definition;

import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import java.io.Serializable;

/**
 * How a connection uses TLS.
 *
 * @param mode whether TLS is demanded, and what is verified
 * @param rootCert absolute path of the PEM file with the CAs to trust; null for those that Java
 *     trusts, and where nothing is verified
 * @param client who the client is; null when only the password says it
 * @param channelBinding whether the password's exchange is tied to the TLS connection
 */
public record TlsSettings(
    SslMode mode, String rootCert, ClientCertificate client, ChannelBinding channelBinding)
    implements Serializable {

  /**
   * A client certificate.
   *
   * @param cert absolute path of the PEM file with the certificate, and those that it depends on
   * @param key absolute path of the PEM file with its private key, in PKCS#8 without a password
   * @param keyAlgorithm RSA or EC
   */
  public record ClientCertificate(String cert, String key, String keyAlgorithm)
      implements Serializable {}

  /** Whether the password's exchange is tied to the TLS connection, so that nobody can relay it. */
  public enum ChannelBinding {
    DISABLE,
    /** Where the server offers it. The default. */
    PREFER,
    /** A server that does not offer it is refused. */
    REQUIRE
  }

  /** Returns the settings without any certificate. */
  public static TlsSettings of(SslMode mode) {
    return new TlsSettings(mode, null, null, ChannelBinding.PREFER);
  }
}
