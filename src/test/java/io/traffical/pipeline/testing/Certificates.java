package io.traffical.pipeline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A certification authority of a test's own, and certificates that it signs, made by keytool. */
public final class Certificates {
  private static final String PASSWORD = "changeit";

  private final Path directory;
  private final String name;

  private Certificates(Path directory, String name) {
    this.directory = directory;
    this.name = name;
  }

  /** Makes an authority whose files are in the directory. */
  public static Certificates authority(Path directory, String name) {
    Certificates authority = new Certificates(directory, name);
    authority.keytool(
        name, "-genkeypair", "-dname", "CN=" + name, "-keyalg", "RSA", "-ext", "bc:c");
    authority.keytool(name, "-exportcert", "-rfc", "-file", authority.certificate(name).toString());
    return authority;
  }

  /** Returns the file with the authority's own certificate. */
  public Path root() {
    return certificate(name);
  }

  /**
   * Signs a new certificate.
   *
   * @param subject its common name, and the name of its files
   * @param algorithm RSA or EC
   * @param host the DNS name that it is for; null for none
   */
  public Certificates sign(String subject, String algorithm, String host) {
    keytool(subject, "-genkeypair", "-dname", "CN=" + subject, "-keyalg", algorithm);
    Path request = directory.resolve(subject + ".csr");
    keytool(subject, "-certreq", "-file", request.toString());
    List<String> sign = new ArrayList<>(List.of("-gencert", "-rfc", "-infile", request.toString()));
    sign.addAll(List.of("-outfile", certificate(subject).toString()));
    if (host != null) {
      sign.addAll(List.of("-ext", "san=dns:" + host));
    }
    keytool(name, sign.toArray(String[]::new));
    writeKey(subject);
    return this;
  }

  /** Returns the file with a certificate in PEM. */
  public Path certificate(String subject) {
    return directory.resolve(subject + ".crt");
  }

  /** Returns the file with a private key: PKCS#8 in PEM, readable by its owner only. */
  public Path key(String subject) {
    return directory.resolve(subject + ".key");
  }

  private void writeKey(String subject) {
    try (InputStream in = Files.newInputStream(directory.resolve(subject + ".p12"))) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      Key key = store.getKey(subject, PASSWORD.toCharArray());
      String base64 = Base64.getMimeEncoder().encodeToString(key.getEncoded());
      Files.writeString(
          key(subject), "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
      Files.setPosixFilePermissions(key(subject), PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void keytool(String subject, String... words) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(List.of(words));
    line.addAll(List.of("-alias", subject, "-storepass", PASSWORD, "-storetype", "PKCS12"));
    line.addAll(List.of("-keystore", directory.resolve(subject + ".p12").toString()));
    Programs.run(directory, line);
  }
}
