package io.traffical.pipeline;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;

/** Dependencies point one way, and knowledge stays free of Flink and JDBC. */
@AnalyzeClasses(
    packages = "io.traffical.pipeline",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.traffical.pipeline.";
  private static final String[] PURE = {
    ROOT + "config..",
    ROOT + "definition..",
    ROOT + "sql..",
    ROOT + "model..",
    ROOT + "stats..",
    ROOT + "window..",
    ROOT + "outcome..",
    ROOT + "health.."
  };

  @ArchTest
  static final ArchRule DEPENDENCIES_POINT_ONE_WAY =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("io.traffical.pipeline..")
          .withOptionalLayers(true)
          .layer("cli")
          .definedBy(ROOT + "cli..")
          .layer("demo")
          .definedBy(ROOT + "demo..")
          .layer("doctor")
          .definedBy(ROOT + "doctor..")
          .layer("run")
          .definedBy(ROOT + "run..")
          .layer("jdbc")
          .definedBy(ROOT + "jdbc..")
          .layer("job")
          .definedBy(ROOT + "job..")
          .layer("outcome")
          .definedBy(ROOT + "outcome..")
          .layer("health")
          .definedBy(ROOT + "health..")
          .layer("config")
          .definedBy(ROOT + "config..")
          .layer("model")
          .definedBy(ROOT + "model..")
          .layer("window")
          .definedBy(ROOT + "window..")
          .layer("sql")
          .definedBy(ROOT + "sql..")
          .layer("definition")
          .definedBy(ROOT + "definition..")
          .layer("stats")
          .definedBy(ROOT + "stats..")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("demo")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("doctor")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("run")
          .mayOnlyBeAccessedByLayers("cli", "demo", "doctor")
          .whereLayer("jdbc")
          .mayOnlyBeAccessedByLayers("cli", "demo", "doctor", "run")
          .whereLayer("job")
          .mayOnlyBeAccessedByLayers("run", "jdbc")
          .whereLayer("outcome")
          .mayOnlyBeAccessedByLayers("job", "run")
          .whereLayer("health")
          .mayOnlyBeAccessedByLayers("jdbc")
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("cli", "demo", "run")
          .whereLayer("model")
          .mayOnlyBeAccessedByLayers("run", "jdbc", "job", "outcome")
          .whereLayer("window")
          .mayOnlyBeAccessedByLayers(
              "cli", "demo", "doctor", "run", "jdbc", "job", "outcome", "model", "health")
          .whereLayer("sql")
          .mayOnlyBeAccessedByLayers("cli", "doctor", "run", "jdbc", "config")
          .whereLayer("stats")
          .mayOnlyBeAccessedByLayers("cli", "run", "jdbc", "job", "outcome", "model", "health");

  @ArchTest
  static final ArchRule THE_LOWEST_LAYERS_USE_NOTHING_OF_OURS =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "stats..", ROOT + "definition..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + "cli..",
              ROOT + "run..",
              ROOT + "jdbc..",
              ROOT + "job..",
              ROOT + "outcome..",
              ROOT + "config..",
              ROOT + "model..",
              ROOT + "window..",
              ROOT + "sql..");

  @ArchTest
  static final ArchRule SQL_IS_CHECKED_WITHOUT_KNOWING_DEFINITIONS =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "sql..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + "definition..", ROOT + "window..", ROOT + "model..");

  @ArchTest
  static final ArchRule KNOWLEDGE_USES_NEITHER_FLINK_NOR_JDBC =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.flink..", "java.sql..", "javax.sql..", "org.postgresql..");

  @ArchTest
  static final ArchRule THE_COMMAND_LINE_DOES_NOT_KNOW_FLINK =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.flink..");

  @ArchTest
  static final ArchRule THE_JOB_DOES_NOT_KNOW_JDBC =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "job..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "org.postgresql..");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("io.traffical.pipeline.(*)..").should().beFreeOfCycles();

  /** Windows, lease and run times come from the database; doctor compares the clocks. */
  @ArchTest
  static final ArchRule E7_NOBODY_ASKS_THE_HOSTS_CLOCK =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "doctor..", ROOT + "demo..")
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class);

  @ArchTest
  static final ArchRule NOBODY_SLEEPS =
      noClasses().that(alwaysTrue()).should().callMethod(Thread.class, "sleep", long.class);
}
