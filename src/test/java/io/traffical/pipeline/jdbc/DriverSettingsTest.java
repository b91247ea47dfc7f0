package io.traffical.pipeline.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.ConnectionOptions;
import io.traffical.pipeline.definition.ConnectionOptions.Target;
import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.Server;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.Secret;
import io.traffical.pipeline.definition.TlsSettings;
import io.traffical.pipeline.definition.TlsSettings.ChannelBinding;
import io.traffical.pipeline.definition.TlsSettings.ClientCertificate;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class DriverSettingsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void a6_theUrlHasEveryServerAndNoSecret() {
    ConnectionSettings settings = settings(TlsSettings.of(SslMode.REQUIRE), ConnectionOptions.NONE);

    assertThat(DriverSettings.url(settings))
        .isEqualTo("jdbc:postgresql://one:5432,[::1]:6432/d%25");
    assertThat(settings.toString()).doesNotContain("s3cret").contains("***");
  }

  @Test
  void a6_whatIsAskedForHasTheDriversNames() {
    Properties properties =
        DriverSettings.properties(
            settings(
                new TlsSettings(
                    SslMode.VERIFY_CA,
                    "/ca.crt",
                    new ClientCertificate("/u.crt", "/u.key", "EC"),
                    ChannelBinding.REQUIRE),
                new ConnectionOptions("a", Duration.ofSeconds(3), Target.PREFER_STANDBY, "x")),
            Duration.ofSeconds(30),
            MINUTE);

    assertThat(properties)
        .containsEntry("user", "u")
        .containsEntry("password", "s3cret")
        .containsEntry("sslmode", "verify-ca")
        .containsEntry("sslrootcert", "/ca.crt")
        .containsEntry("sslcert", "/u.crt")
        .containsEntry("sslkey", "/u.key")
        .containsEntry("pemKeyAlgorithm", "EC")
        .containsEntry("channelBinding", "require")
        .containsEntry("ApplicationName", "a")
        .containsEntry("connectTimeout", "3")
        .containsEntry("loginTimeout", "11")
        .containsEntry("socketTimeout", "45")
        .containsEntry("targetServerType", "preferSecondary")
        .containsEntry("options", "endpoint=x");
  }

  @Test
  void nothingOfTheHomeDirectoryOrTheSessionIsUsedUnasked() {
    Properties properties =
        DriverSettings.properties(
            settings(TlsSettings.of(SslMode.VERIFY_FULL), ConnectionOptions.NONE),
            Duration.ofSeconds(30),
            Duration.ofSeconds(7));

    assertThat(properties)
        .containsEntry("sslmode", "verify-full")
        .containsEntry("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory")
        .containsEntry("sslcert", "")
        .containsEntry("sslkey", "")
        .containsEntry("connectTimeout", "7")
        .containsEntry("loginTimeout", "7")
        .containsEntry("prepareThreshold", "0")
        .doesNotContainKeys("options", "currentSchema", "sslrootcert");
  }

  private static ConnectionSettings settings(TlsSettings tls, ConnectionOptions options) {
    return new ConnectionSettings(
        List.of(new Server("one", 5432), new Server("::1", 6432)),
        "d%",
        "u",
        Secret.of("s3cret"),
        tls,
        options);
  }
}
