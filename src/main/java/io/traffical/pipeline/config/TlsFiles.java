package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.TlsSettings;
import io.traffical.pipeline.definition.TlsSettings.ChannelBinding;
import io.traffical.pipeline.definition.TlsSettings.ClientCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates that a connection names, and what goes together with which TLS mode. Certificates
 * are looked into at once, because a wrong file otherwise shows as a riddle when connecting.
 */
final class TlsFiles {
  /** The words for {@code sslMode}. */
  static final Map<String, SslMode> MODES =
      Map.of(
          "disable", SslMode.DISABLE,
          "require", SslMode.REQUIRE,
          "verify-ca", SslMode.VERIFY_CA,
          "verify-full", SslMode.VERIFY_FULL);

  private static final String SYSTEM = "system";
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]*)-----END PRIVATE KEY-----");
  private static final String NAME_A_CERTIFICATE =
      "write the path of a file with BEGIN CERTIFICATE in it";
  private static final String CONVERT =
      "convert it: openssl pkcs8 -topk8 -nocrypt -in OLD.key -out NEW.key";

  private final Path definitions;

  /** Paths are relative to this definition file. */
  TlsFiles(Path definitions) {
    this.definitions = definitions;
  }

  /**
   * Returns the settings that these words make; null stands for what is not given.
   *
   * @param mode a root certificate given with {@code REQUIRE} is verified, as libpq does
   * @param rootCert what {@link #rootCert} returned, and so on
   */
  static TlsSettings settings(
      SslMode mode, String rootCert, String cert, String key, ChannelBinding channelBinding)
      throws RefusedException {
    if (mode == SslMode.DISABLE) {
      boolean wantsTls = channelBinding == ChannelBinding.REQUIRE;
      if (rootCert != null || cert != null || key != null || wantsTls) {
        throw new RefusedException(
            "asks for TLS with certificates or channel binding, and for sslMode disable",
            "remove one of them");
      }
      return TlsSettings.of(mode);
    }
    ClientCertificate client = client(cert, key);
    return withRoot(mode, rootCert, client, binding(channelBinding));
  }

  private static ChannelBinding binding(ChannelBinding given) {
    return given == null ? ChannelBinding.PREFER : given;
  }

  private static TlsSettings withRoot(
      SslMode mode, String rootCert, ClientCertificate client, ChannelBinding binding)
      throws RefusedException {
    boolean isSystem = SYSTEM.equals(rootCert);
    if (isSystem && mode != null && mode != SslMode.VERIFY_FULL) {
      throw new RefusedException(
          "trusts every public CA (sslRootCert system), but does not verify the host name",
          "use sslMode verify-full");
    }
    if (mode == SslMode.VERIFY_CA && rootCert == null) {
      throw new RefusedException(
          "asks for verify-ca without a CA to verify",
          "name the CA's certificate with sslRootCert, or use verify-full, which then trusts the"
              + " CAs that Java trusts");
    }
    if (isSystem || (mode == SslMode.VERIFY_FULL && rootCert == null)) {
      if (client != null) {
        throw new RefusedException(
            "has a client certificate, but no file with the CA to verify",
            "name the CA's certificate with sslRootCert");
      }
      return new TlsSettings(SslMode.VERIFY_FULL, null, null, binding);
    }
    if (rootCert == null) {
      return new TlsSettings(SslMode.REQUIRE, null, client, binding);
    }
    SslMode verifying = mode == SslMode.VERIFY_FULL ? mode : SslMode.VERIFY_CA;
    return new TlsSettings(verifying, rootCert, client, binding);
  }

  private static ClientCertificate client(String cert, String key) throws RefusedException {
    if (cert == null && key == null) {
      return null;
    }
    if (cert == null || key == null) {
      String given = cert == null ? "sslKey" : "sslCert";
      String missing = cert == null ? "sslCert" : "sslKey";
      throw new RefusedException("has " + given + " without " + missing, "give both or none");
    }
    return new ClientCertificate(cert, key, algorithm(Path.of(key)));
  }

  /** Returns the absolute path of a file with CAs to trust; {@code system} stays a word. */
  String rootCert(String name) throws RefusedException {
    return SYSTEM.equals(name) ? name : certificate(name);
  }

  /** Returns the absolute path of a file with certificates. */
  String certificate(String name) throws RefusedException {
    Path path = file(name);
    try (InputStream in = Files.newInputStream(path)) {
      if (!CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        return path.toString();
      }
    } catch (CertificateException | IOException e) {
      throw new RefusedException(
          "names a file that is not readable as PEM certificates", NAME_A_CERTIFICATE);
    }
    throw new RefusedException("names a file without a certificate", NAME_A_CERTIFICATE);
  }

  /** Returns the absolute path of a file with a private key that the driver can read. */
  String key(String name) throws RefusedException {
    Path path = file(name);
    algorithm(path);
    return path.toString();
  }

  private Path file(String name) throws RefusedException {
    Path path;
    try {
      path = definitions.resolveSibling(name).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new RefusedException("names no file", "write a path");
    }
    if (!Files.isRegularFile(path)) {
      throw new RefusedException(
          Files.isDirectory(path) ? "names a directory" : "names a file that does not exist",
          "write a path relative to this file");
    }
    return path;
  }

  /** Says which kind of key it is; the driver needs to know, and reads PKCS#8 only. */
  private static String algorithm(Path key) throws RefusedException {
    String text;
    try {
      text = Files.readString(key, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new RefusedException(
          "names a file that cannot be read", "let the program's user read it");
    }
    if (text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")) {
      throw new RefusedException("names a key that asks for a password of its own", CONVERT);
    }
    Matcher pem = PKCS8.matcher(text);
    if (!pem.find()) {
      throw new RefusedException(
          "names a file without a PKCS#8 key in PEM (BEGIN PRIVATE KEY)", CONVERT);
    }
    for (String algorithm : List.of("RSA", "EC")) {
      if (isKey(algorithm, pem.group(1))) {
        return algorithm;
      }
    }
    throw new RefusedException("names a key that is neither RSA nor EC", "make another key");
  }

  private static boolean isKey(String algorithm, String base64) {
    try {
      byte[] der = Base64.getMimeDecoder().decode(base64);
      KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      return true;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }
}
