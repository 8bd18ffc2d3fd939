package vn.gandan

import java.nio.file.Files
import java.nio.file.Path
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.PKCS8EncodedKeySpec
import java.security.spec.X509EncodedKeySpec
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec
import kotlin.io.path.exists
import kotlin.io.path.readBytes
import kotlin.io.path.readText
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText

/**
 * A keystore of files for the JVM, which has none in hardware. Speaks what Android's does: X.509
 * public keys and DER signatures.
 */
class JvmKeystore(private val dir: Path) : Keystore {
    private val wrapping: SecretKeySpec
    private val device: KeyPair

    init {
        Files.createDirectories(dir)
        val secret = dir.resolve("wrapping")
        if (!secret.exists()) secret.writeBytes(ByteArray(32).also(SecureRandom()::nextBytes))
        wrapping = SecretKeySpec(secret.readBytes(), "AES")
        val (private, public) = dir.resolve("device") to dir.resolve("device.pub")
        if (!public.exists()) {
            val pair = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
            private.writeBytes(pair.private.encoded)
            public.writeBytes(pair.public.encoded)
        }
        val keys = KeyFactory.getInstance("EC")
        device = KeyPair(
            keys.generatePublic(X509EncodedKeySpec(public.readBytes())),
            keys.generatePrivate(PKCS8EncodedKeySpec(private.readBytes())),
        )
    }

    override fun wrap(key: ByteArray): ByteArray {
        val nonce = ByteArray(12).also(SecureRandom()::nextBytes)
        return nonce + cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(key)
    }

    override fun unwrap(wrapped: ByteArray): ByteArray =
        cipher(Cipher.DECRYPT_MODE, wrapped.copyOfRange(0, 12)).doFinal(wrapped, 12, wrapped.size - 12)

    override fun devicePublicKey(): ByteArray = device.public.encoded

    override fun sign(message: ByteArray): ByteArray =
        Signature.getInstance("SHA256withECDSA").run {
            initSign(device.private)
            update(message)
            sign()
        }

    @Synchronized
    override fun counter(): ULong = dir.resolve("counter").let { if (it.exists()) it.readText().toULong() else 0u }

    @Synchronized
    override fun raiseCounter(to: ULong) {
        if (to > counter()) dir.resolve("counter").writeText(to.toString())
    }

    private fun cipher(mode: Int, nonce: ByteArray) =
        Cipher.getInstance("AES/GCM/NoPadding").apply { init(mode, wrapping, GCMParameterSpec(128, nonce)) }
}
