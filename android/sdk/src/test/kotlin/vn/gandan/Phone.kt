package vn.gandan

import java.nio.file.Path
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.io.path.readText
import kotlin.test.assertNotNull
import kotlin.test.fail

/** A shell without a display: sends events, keeps the screen as updates say, listens. */
class Phone(dir: Path, private val browser: Browser) : ScreenListener, AutoCloseable {
    private val changes = LinkedBlockingQueue<Update>()
    private val gandan: Gandan
    private var edits = 0uL

    /** What the platform's viewer was asked to show last. */
    var document: ByteArray? = null
        private set

    init {
        val config = OpenConfig(
            dataDir = dir.resolve("data").toString(),
            contentPath = setting("CONTENT"),
            keysetPath = setting("KEYSET"),
            rootKey = Path.of(setting("ROOT_KEY")).readText(),
            backendUrl = setting("BACKEND_URL"),
            redirectUri = REDIRECT,
            lang = null,
        )
        gandan = Gandan.open(config, JvmKeystore(dir.resolve("keystore")))
        gandan.subscribe(this)
    }

    val screen: Screen get() = gandan.screen()

    /** By the library, on its own thread. */
    override fun changed(update: Update) {
        changes.add(update)
    }

    fun act(action: String) {
        val offered = screen.actions.filter { it.enabled }.map { it.id }
        if (action !in offered) fail("$action is not offered on ${screen.id}, only $offered")
        send(Event.Act(action))
    }

    fun open(card: (Card) -> Boolean) {
        for (block in screen.blocks) {
            val found = (block.kind as? BlockKind.Cards)?.items?.find(card) ?: continue
            return send(Event.Open(block.key, found.id))
        }
        fail("no such card on ${screen.id}")
    }

    fun type(key: String, value: String) = send(Event.Edit(key, value, ++edits))

    fun choose(key: String, option: String) = send(Event.Choose(key, listOf(option), ++edits))

    fun add(key: String, bytes: ByteArray) = send(Event.File(key, bytes))

    fun back() = send(Event.Back)

    fun lookAgain() = send(Event.Tick)

    /** Until the screen is as wanted; the listener says when to look. */
    fun await(what: String, wanted: (Screen) -> Boolean): Screen {
        while (true) {
            screen.let { if (wanted(it)) return it }
            assertNotNull(changes.poll(PATIENCE_S, TimeUnit.SECONDS), "waiting for $what on ${screen.id}: ${words(screen)}")
        }
    }

    /** As [await], but what is awaited happens elsewhere and no one tells the phone: it looks again. */
    fun awaitNews(what: String, wanted: (Screen) -> Boolean): Screen {
        repeat(LOOKS) {
            screen.let { if (wanted(it)) return it }
            lookAgain()
            changes.poll(1, TimeUnit.SECONDS)
        }
        fail("waiting for $what on ${screen.id}: ${words(screen)}")
    }

    override fun close() = gandan.close()

    private fun send(event: Event) {
        when (val request = gandan.send(event).request) {
            is Request.OpenBrowser -> send(Event.BrowserReturned(browser.signIn(request.url, REDIRECT, MOTHER, PASSWORD)))
            is Request.ShowDocument -> document = request.bytes
            is Request.TakePhoto, null -> {}
        }
    }

    companion object {
        const val REDIRECT = "vn.gandan:/callback"
        const val MOTHER = "099196000003"
        const val PASSWORD = "thu-nghiem"

        /** Only ends a test that has failed already. */
        private const val PATIENCE_S = 120L
        private const val LOOKS = 120

        fun setting(name: String): String = System.getenv("GANDAN_$name") ?: error("GANDAN_$name is not set")

        fun shown(text: Text): String = text.runs.joinToString("") { it.text }

        /** Everything that the screen says, for assertions and failures of this demo person's test. */
        fun words(screen: Screen): String = screen.blocks.joinToString("\n") { block ->
            when (val kind = block.kind) {
                is BlockKind.Heading -> shown(kind.text)
                is BlockKind.Paragraph -> shown(kind.text)
                is BlockKind.Notice -> shown(kind.text)
                is BlockKind.TextField -> "${shown(kind.v1.label)}: ${kind.v1.value} ${kind.v1.error?.let(::shown).orEmpty()}"
                is BlockKind.DateField -> "${shown(kind.v1.label)}: ${kind.v1.value} ${kind.v1.error?.let(::shown).orEmpty()}"
                is BlockKind.Choice -> "${shown(kind.v1.label)} ${kind.v1.error?.let(::shown).orEmpty()}"
                is BlockKind.MultiChoice -> "${shown(kind.v1.label)} ${kind.v1.error?.let(::shown).orEmpty()}"
                is BlockKind.File -> "${shown(kind.v1.label)} ${kind.v1.error?.let(::shown).orEmpty()}"
                is BlockKind.Cards -> kind.items.joinToString("\n") { shown(it.title) }
                is BlockKind.Summary -> kind.rows.joinToString("\n") { "${shown(it.name)}: ${shown(it.value)}" }
                is BlockKind.Steps -> kind.steps.joinToString("\n") { "${it.state} ${shown(it.text)}" }
                is BlockKind.Code -> shown(kind.code)
                is BlockKind.Clip -> shown(kind.label)
                is BlockKind.Busy -> shown(kind.text)
                is BlockKind.Divider -> ""
            }
        }
    }
}
