package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.TlsSettings;
import java.util.List;

/** Reads {@code sslMode} and the certificates of a connection given in fields. */
final class TlsReader {
  private static final Format<SslMode> MODE = TlsReader::mode;

  private final Section section;
  private final TlsFiles files;
  private final TlsSettings base;

  /**
   * Reads from the section.
   *
   * @param base where what is not given comes from; null for nowhere
   */
  TlsReader(Section section, TlsFiles files, TlsSettings base) {
    this.section = section;
    this.files = files;
    this.base = base;
  }

  /** Returns the settings; those without certificates after reporting what is wrong with them. */
  TlsSettings read() {
    SslMode mode = section.value("sslMode", MODE, base == null ? null : base.mode());
    boolean inherits = base != null && mode != SslMode.DISABLE;
    boolean inheritsClient = inherits && base.client() != null;
    String rootCert = path("sslRootCert", files::rootCert, inherits ? base.rootCert() : null);
    String cert = path("sslCert", files::certificate, inheritsClient ? base.client().cert() : null);
    String key = path("sslKey", files::key, inheritsClient ? base.client().key() : null);
    if (isRefused("sslRootCert", rootCert)
        || isRefused("sslCert", cert)
        || isRefused("sslKey", key)) {
      return TlsSettings.of(SslMode.REQUIRE);
    }
    try {
      return TlsFiles.settings(mode, rootCert, cert, key, inherits ? base.channelBinding() : null);
    } catch (RefusedException e) {
      section.error(lineKey(), section.title() + " " + e.getMessage(), e.remedy());
      return TlsSettings.of(SslMode.REQUIRE);
    }
  }

  /** Checks the file that a key names. */
  private interface Check {
    String path(String name) throws RefusedException;
  }

  private String path(String key, Check check, String inherited) {
    return section.value(
        key, scalar -> check.path(scalar.value()), section.has(key) ? null : inherited);
  }

  private boolean isRefused(String key, String path) {
    return section.has(key) && path == null;
  }

  private String lineKey() {
    return List.of("sslMode", "sslRootCert", "sslCert", "sslKey").stream()
        .filter(section::has)
        .findFirst()
        .orElse("");
  }

  private static SslMode mode(Scalar scalar) throws RefusedException {
    SslMode mode = TlsFiles.MODES.get(scalar.value());
    if (mode != null) {
      return mode;
    }
    boolean isWeak = scalar.value().equals("allow") || scalar.value().equals("prefer");
    throw new RefusedException(
        "cannot be " + scalar.shown() + (isWeak ? ", which may go on without TLS" : ""),
        "use disable, require, verify-ca or verify-full");
  }
}
